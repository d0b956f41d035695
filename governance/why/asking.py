"""Asking a worker about a decision, on behalf of somebody who may read why it was made."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from uuid import UUID

from audit import accesses
from audit import queries as log
from audit.door import Gone, NotFound
from audit.queries import DecisionRecord
from explain import queries as explanations
from explain.policies import ask_again
from explain.questions import RECOURSE, REPLAY, About, Asked, ask, asked
from explain.recourse.policy import Wishes
from explain.recourses import ask_recourse
from governance.why.assembly import adverse, gone
from governance.why.audience import recourse_for, replay_for
from governance.why.parts import RecoursePart, ReplayPart
from governance.why.recourse import recourse_part
from governance.why.replay import replay_part
from governance.why.urgency import wait_until_answered, wait_until_explained


def read_recourse(
    *,
    key: str,
    use_cases: Collection[str],
    audience: str,
    actor: str,
    wishes: Wishes,
    wait_seconds: float,
) -> RecoursePart:
    """What would have changed this decision, within the policy and these wishes; computed now if it was not before.

    The call waits up to ``wait_seconds`` for a worker; the part then may still say "pending", and carries the id to
    ask again with (``recourse_again``). The access is noted before the answer goes out, as for a why. Raises
    NotFound, Ambiguous, Gone for an erased person, Invalid for wishes that are not within the policy.
    """
    record = _record(key, use_cases)
    standing = _standing(record, None)
    if standing.state not in ("not_computed", "pending"):
        return recourse_for(standing, audience)
    profile = explanations.profile(record.model_ref)
    if profile is None:
        raise RuntimeError("A recourse is to be computed, and there is no profile.")
    question = ask_recourse(actor=actor, about=about(record), profile=profile, wishes=wishes)
    found = _answered(question, RECOURSE, record, wait_seconds)
    _note(actor, f"recourse:{audience}", record)
    return recourse_for(_standing(record, found), audience)


def recourse_again(
    *, question: UUID, key: str, use_cases: Collection[str], audience: str, actor: str
) -> RecoursePart:
    """The answer to a question asked before. Raises NotFound and Gone."""
    record = _record(key, use_cases)
    found = asked(question, kind=RECOURSE, entry_id=record.entry_id)
    if found is None:
        raise _nothing(str(question))
    if found.state != "pending":
        _note(actor, f"recourse:{audience}", record)
    return recourse_for(_standing(record, found), audience)


def replay_now(
    *, key: str, use_cases: Collection[str], audience: str, actor: str, wait_seconds: float
) -> ReplayPart:
    """Whether the pinned artefact still gives what was recorded: computed anew at each call.

    Waits and refuses as ``read_recourse`` does.
    """
    record = _record(key, use_cases)
    question = ask(actor=actor, kind=REPLAY, about=about(record), said={}, again=True)
    found = _answered(question, REPLAY, record, wait_seconds)
    _note(actor, f"replay:{audience}", record)
    return replay_for(replay_part(found), audience)


def replay_again(
    *, question: UUID, key: str, use_cases: Collection[str], audience: str, actor: str
) -> ReplayPart:
    """The answer to a replay asked for before. Raises NotFound and Gone."""
    record = _record(key, use_cases)
    found = asked(question, kind=REPLAY, entry_id=record.entry_id)
    if found is None:
        raise _nothing(str(question))
    if found.state != "pending":
        _note(actor, f"replay:{audience}", record)
    return replay_for(replay_part(found), audience)


def explain_again(
    *, key: str, use_cases: Collection[str], audience: str, actor: str, wait_seconds: float
) -> bool:
    """Have a refused or failed explanation computed again, where its cause may be mended by now (explain.refusals).

    Waits up to ``wait_seconds`` for it. False when it is not one of these: nothing was done. Raises NotFound,
    Ambiguous, and Gone for an erased person.
    """
    record = _record(key, use_cases)
    if not ask_again(record.entry_id):
        return False
    _note(actor, f"again:{audience}", record)
    wait_until_explained(record.entry_id, wait_seconds)
    return True


def about(record: DecisionRecord) -> About:
    return About(record.entry_id, record.use_case, record.model_ref, record.subject_id)


def _record(key: str, use_cases: Collection[str]) -> DecisionRecord:
    record = log.decision(key=key, use_cases=use_cases)
    if record is None:
        raise _nothing(key)
    if record.erased_at is not None:
        raise Gone("This person's data was erased: there is nothing to compute from.")
    return record


def _nothing(named: str) -> NotFound:
    return NotFound(f"There is no {named!r} here that you may read.")


def _standing(record: DecisionRecord, question: Asked | None) -> RecoursePart:
    return recourse_part(
        profile=explanations.profile(record.model_ref),
        model_ref=record.model_ref,
        adverse=adverse(record),
        question=question,
        gone=gone(record),
    )


def _answered(question: UUID, kind: str, record: DecisionRecord, wait_seconds: float) -> Asked:
    def look() -> Asked:
        found = asked(question, kind=kind, entry_id=record.entry_id)
        if found is None:
            raise Gone("This person's data was erased meanwhile.")
        return found

    return awaited(question, look, wait_seconds)


def awaited(question: UUID, look: Callable[[], Asked], wait_seconds: float) -> Asked:
    """The question as it stands after a worker was asked, and waited for while it is pending."""
    until = time.monotonic() + wait_seconds
    found = look()
    if found.state == "pending":
        wait_until_answered(question, max(0.0, until - time.monotonic()))
        found = look()
    return found


def _note(actor: str, purpose: str, record: DecisionRecord) -> None:
    accesses.note(actor=actor, purpose=purpose, entries=[record.entry_id])
