"""Recording decisions: what was said, by whom, of which version, about whom; each one once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from msgspec import Meta

from audit import bulk, claims, log, receipts, subjects
from audit.bulk import BulkResult, Item, OnError
from audit.canonical import Flaw
from audit.claims import Claim, Taken
from audit.door import Forbidden, Invalid, Problem, Unavailable, Voice
from audit.forms import (
    Amount,
    CallerId,
    Form,
    Moment,
    Reference,
    Rule,
    Share,
    Slug,
    VersionNumber,
    Word,
    in_time,
    read,
)
from audit.keys import KeyStore, key_store
from audit.log import Appended, ClaimTaken, Draft, SubjectKnown
from audit.receipts import AcceptedReceipt
from audit.subjects import Erased

ACT: Final = "decisions:write"
_ATTEMPTS: Final = 5


class Output(Form, frozen=True, kw_only=True):
    """What the model said: a label, a score, or both."""

    label: Word | None = None
    score: float | None = None
    threshold: float | None = None
    probabilities: dict[Word, Share] | None = None


def _says_something(said: DecisionIn) -> Flaw | None:
    if said.output.label is None and said.output.score is None:
        return Flaw("/output", "required", "A label, a score, or both.")
    return None


def _has_grounds(said: DecisionIn) -> Flaw | None:
    if said.inputs is None and said.features is None:
        return Flaw("", "required", "inputs, features, or both: what the decision was made from.")
    return None


class DecisionIn(Form, frozen=True, kw_only=True):
    """One automated decision, as its maker states it."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        in_time("decided_at"),
        (("output",), _says_something),
        (("inputs", "features"), _has_grounds),
    )

    id: CallerId
    use_case: Slug
    model: Slug
    version: VersionNumber
    decided_at: Moment
    output: Output
    inputs: dict[str, Any] | None = None
    features: dict[str, Any] | None = None
    subject: Reference | None = None
    segments: dict[str, str | float | None] | None = None
    # Unless told, a decision counts as made by the machine in all that matters though people stand
    # around it: the weaker "advisory" is for the maker to claim, not for us to assume.
    role_of_ai: Literal["sole", "decisive", "advisory", "overridden"] = "decisive"
    parents: Annotated[list[CallerId], Meta(max_length=100)] | None = None
    trace_id: Reference | None = None
    latency_ms: Amount | None = None
    context: dict[str, Any] | None = None

    @property
    def model_ref(self) -> str:
        return f"{self.model}@{self.version}"


@dataclass(frozen=True, slots=True)
class Recorded:
    """``repeated``: this id and body were recorded before, and this is the receipt of that time."""

    id: str
    entry: Appended
    repeated: bool
    violations: tuple[str, ...]
    receipt: AcceptedReceipt


def record(*, voice: Voice, raw: bytes) -> Recorded:
    """Record one decision: ``raw`` is a DecisionIn as JSON, kept byte for byte.

    Durable on return, unless a transaction is open around it. Raises Malformed, Invalid, Forbidden;
    Conflict when the id is recorded with another body. If the connection is lost the decision may
    or may not be recorded: the same call again settles it, and gives the same receipt.
    """
    said = read(raw, DecisionIn)
    violations = _Admissions(voice).of(said)
    claim = claims.of_decision(said.use_case, said.id, raw, key_store())
    repeated = False
    try:
        entry = _append_marked(voice.actor, said, raw, claim, violations)
    except ClaimTaken as found:
        entry, repeated = repeat_of(claim, found.taken), True
    return Recorded(said.id, entry, repeated, violations, receipts.accepted(entry))


def record_many(*, voice: Voice, lines: Iterable[bytes], on_error: OnError) -> BulkResult:
    """Record many decisions, one JSON line each, in one transaction.

    Lines are judged first, all of them; see bulk.settle for what happens to bad ones. Raises what
    ``record`` raises, with the line number in every error.
    """
    admitted = _Admissions(voice)
    keys = key_store()

    def item(number: int, raw: bytes) -> Item:
        said = read(raw, DecisionIn)
        violations = admitted.of(said)
        claim = claims.of_decision(said.use_case, said.id, raw, keys)
        about = _About(said.use_case, said.model_ref, said.decided_at, _index(said, keys))
        return Item(number, said.id, raw, claim, about, violations)

    return bulk.settle(bulk.judge(lines, item), partial(_drafts, voice.actor), on_error)


def repeat_of(claim: Claim, taken: Taken | None) -> Appended:
    """The entry this id and body were recorded as; raises Conflict when the body is another."""
    first = taken or claims.find([claim.key])[claim.key]
    if first.digest != claim.digest:
        raise bulk.conflict(claim, first)
    return log.find([first.entry_id])[first.entry_id]


@dataclass(slots=True)
class _About:
    use_case: str
    model_ref: str
    decided_at: datetime
    ref_index: bytes | None


class _Admissions:
    """What the door says of each version, asked once however many lines are of it."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._answers: dict[tuple[str, str, str], tuple[str, ...] | Problem] = {}

    def of(self, said: DecisionIn) -> tuple[str, ...]:
        """The violations to mark; raises Forbidden or Invalid when it may not be recorded at all."""
        version = (said.use_case, said.model, said.version)
        answer = self._answers.get(version)
        if answer is None:
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


def _index(said: DecisionIn, keys: KeyStore) -> bytes | None:
    if said.subject is None:
        return None
    return subjects.reference_index(said.use_case, said.subject, keys)


def _append(actor: str, said: DecisionIn, raw: bytes, claim: Claim, keys: KeyStore) -> Appended:
    """Write under a remembered subject, or as if it were new; correct the guess if it is wrong."""
    keys = key_store()
    index = _index(said, keys)
    key = subjects.remembered(index) if index else None
    for _ in range(_ATTEMPTS):
        new = None if key else subjects.fresh(said.use_case, index, keys)
        subject = key or (new.key if new else None)
        draft = Draft(
            kind="decision",
            use_case=said.use_case,
            actor=actor,
            body=raw,
            model_ref=said.model_ref,
            occurred_at=said.decided_at,
            subject=subject,
        )
        try:
            entry = log.append_claimed(draft, claim, new)
        except SubjectKnown as known:
            key = known.key
        except Erased:
            # Erased since we looked: this decision is of a new subject.
            key = None
        else:
            if index and subject:
                subjects.remember(index, subject)
            return entry
    raise Unavailable("The subject of this decision is changing elsewhere. Nothing was recorded.")


def _drafts(actor: str, items: Sequence[Item], ids: Sequence[UUID]) -> list[Draft]:
    keys = subjects.for_people([(item.about.use_case, item.about.ref_index) for item in items])
    drafts = [
        Draft(
            kind="decision",
            use_case=item.about.use_case,
            actor=actor,
            body=item.raw,
            model_ref=item.about.model_ref,
            occurred_at=item.about.decided_at,
            subject=key,
            id=entry_id,
        )
        for item, key, entry_id in zip(items, keys, ids, strict=True)
    ]
    marks = [
        _mark(entry_id, item.about.use_case, item.about.model_ref, item.violations)
        for item, entry_id in zip(items, ids, strict=True)
        if item.violations
    ]
    return drafts + marks
