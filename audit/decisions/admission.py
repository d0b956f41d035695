"""What the door says of a decision: refused, recorded, or recorded and marked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

import orjson

from audit.binary import rows
from audit.bulk import Later
from audit.canonical import canonical
from audit.decisions.form import DecisionIn
from audit.door import Forbidden, Invalid, Problem, Voice
from audit.header import parse
from audit.log import Draft

ACT: Final = "decisions:write"
DOOR: Final = "system:door"
_MARKS: Final = """
SELECT m.header, b.body FROM audit_entry m JOIN audit_entry_body b ON b.id = m.id
WHERE m.xid IN (SELECT xid FROM audit_entry WHERE id = ANY(%b))
  AND position('"kind":"alert"'::bytea IN m.header) > 0"""


class Admissions:
    """What the door says of each version, asked once however many lines are of it."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._answers: dict[tuple[str, str, str], tuple[str, ...] | Problem] = {}

    def of(self, said: DecisionIn, *, may_ask: bool = True) -> tuple[str, ...]:
        """The violations to mark; raises Forbidden or Invalid when it may not be recorded at all.

        Raises bulk.Later for a version not asked about before, where ``may_ask`` is false.
        """
        version = (said.use_case, said.model, said.version)
        answer = self._answers.get(version)
        if answer is None:
            if not may_ask:
                raise Later
            answer = self._answers[version] = self._ask(said)
        if isinstance(answer, Problem):
            raise answer
        return answer

    def _ask(self, said: DecisionIn) -> tuple[str, ...] | Problem:
        here = {"pointer": "/use_case"}
        if not self._voice.allows(ACT, use_case=said.use_case, model=said.model):
            detail = f"You may not record decisions of {said.model} in {said.use_case}."
            return Forbidden(detail, errors=[{**here, "code": "forbidden", "detail": detail}])
        admission = self._voice.admission(said.use_case, said.model_ref)
        if admission.problem is not None:
            detail = admission.problem
            return Invalid(detail, errors=[{**here, "code": "unknown", "detail": detail}])
        return admission.violations


def mark(decision: UUID, use_case: str, model_ref: str, violations: tuple[str, ...]) -> Draft:
    """The line that says which rules a decision broke, as the door saw it when it was recorded.

    A line of its own: it is not the maker's statement, and it outlives the person's erasure.
    """
    return Draft(
        kind="alert",
        use_case=use_case,
        actor=DOOR,
        body=canonical({"violations": list(violations)}),
        model_ref=model_ref,
        ref=decision,
    )


def marked(decisions: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The violations these decisions were marked with when they were recorded; unmarked ones are absent.

    Read off the log: marks stand in their decisions' transaction, and the read models come later.
    """
    found: dict[UUID, tuple[str, ...]] = {}
    for raw, body in rows(_MARKS, [list(decisions)]):
        header = parse(raw)
        if header.actor == DOOR and header.ref is not None and header.ref in decisions:
            found[header.ref] = tuple(orjson.loads(body)["violations"])
    return found
