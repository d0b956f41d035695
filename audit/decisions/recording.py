"""Recording decisions: what was said, by whom, of which version, about whom; each one once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction

from audit import bulk, claims, log, receipts, subjects
from audit.bulk import BulkResult, Item, LineReceipt, OnError
from audit.claims import Claim, Taken
from audit.decisions.admission import Admissions, mark, marked
from audit.decisions.form import DecisionIn
from audit.door import Problem, Unavailable, Voice
from audit.forms import read
from audit.keys import KeyStore, key_store
from audit.log import Appended, Claimed, ClaimTaken, Draft, SubjectKnown
from audit.receipts import AcceptedReceipt
from audit.subjects import Erased, NewSubject, SubjectKey

_ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class Recorded:
    """``repeated``: this id and body were recorded before; receipt and violations are of that time."""

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
    violations = Admissions(voice).of(said)
    claim = claims.of_decision(said.use_case, said.id, raw, key_store())
    repeated = False
    try:
        entry = _append_marked(voice.actor, said, raw, claim, violations)
    except ClaimTaken as found:
        entry, repeated = repeat_of(claim, found.taken), True
        violations = marked([entry.id]).get(entry.id, ())
    return Recorded(said.id, entry, repeated, violations, receipts.accepted(entry))


def record_each(asked: Sequence[tuple[Voice, bytes]]) -> list[Recorded | None]:
    """Record many callers' decisions, each for itself, in as few commits as can be.

    None stands for one that is refused, marked, repeated, or of a person not at hand: nothing of it
    is written, and ``record`` settles it. Durable on return; must not be called in a transaction.
    """
    keys = key_store()
    sound = {at: line for at, one in enumerate(asked) if (line := _line(*one, keys)) is not None}
    entries = log.append_each([line.claimed for line in sound.values()])
    done: list[Recorded | None] = [None] * len(asked)
    for (at, line), entry in zip(sound.items(), entries, strict=True):
        if entry is not None:
            line.remember()
            done[at] = Recorded(line.id, entry, False, (), receipts.accepted(entry))
    return done


def record_many(*, voice: Voice, lines: Iterable[bytes], on_error: OnError) -> BulkResult:
    """Record many decisions, one JSON line each, in one transaction.

    See bulk.settle for what happens to bad ones. Raises what ``record`` raises, with the line number
    in every error.
    """
    admitted = Admissions(voice)
    keys = key_store()

    def item(number: int, raw: bytes, may_ask: bool) -> Item:
        said = read(raw, DecisionIn)
        violations = admitted.of(said, may_ask=may_ask)
        claim = claims.of_decision(said.use_case, said.id, raw, keys)
        about = _About(said.use_case, said.model_ref, said.decided_at, _index(said, keys))
        return Item(number, said.id, raw, claim, about, violations)

    result = bulk.stream(bulk.Judging(lines, item), partial(_drafts, voice.actor), on_error)
    _as_marked(result.receipts)
    return result


def _as_marked(told: list[LineReceipt]) -> None:
    """Repeats broke what they broke when they were recorded, not what they would break now."""
    if repeats := {one.entry.id for one in told if one.repeated}:
        broken = marked(repeats)
        told[:] = [
            one._replace(violations=broken.get(one.entry.id, ())) if one.repeated else one
            for one in told
        ]


def repeat_of(claim: Claim, taken: Taken) -> Appended:
    """The entry this id and body were recorded as; raises Conflict when the body is another."""
    if taken.digest != claim.digest:
        raise bulk.conflict(claim, taken)
    return log.find([taken.entry_id])[taken.entry_id]


@dataclass(slots=True)
class _About:
    use_case: str
    model_ref: str
    decided_at: datetime
    ref_index: bytes | None


def _index(said: DecisionIn, keys: KeyStore) -> bytes | None:
    if said.subject is None:
        return None
    return subjects.reference_index(said.use_case, said.subject, keys)


@dataclass(slots=True)
class _Line:
    """A sound decision on its way into the log: ``index`` finds its person, ``subject`` is the guess."""

    id: str
    claimed: Claimed
    index: bytes | None

    def remember(self) -> None:
        subject = self.claimed.draft.subject
        if self.index and subject:
            subjects.remember(self.index, subject)


def _line(voice: Voice, raw: bytes, keys: KeyStore) -> _Line | None:
    """None: it is refused, or must be marked."""
    try:
        said = read(raw, DecisionIn)
        if Admissions(voice).of(said):
            return None
    except Problem:
        return None
    claim = claims.of_decision(said.use_case, said.id, raw, keys)
    index = _index(said, keys)
    key = subjects.remembered(index) if index else None
    new = None if key else subjects.fresh(said.use_case, index, keys)
    return _Line(said.id, _claimed(voice.actor, said, raw, claim, key, new), index)


def _claimed(
    actor: str,
    said: DecisionIn,
    raw: bytes,
    claim: Claim,
    key: SubjectKey | None,
    new: NewSubject | None,
) -> Claimed:
    """The line of a decision under a subject that is known (``key``) or made with it (``new``)."""
    draft = Draft(
        kind="decision",
        use_case=said.use_case,
        actor=actor,
        body=raw,
        model_ref=said.model_ref,
        occurred_at=said.decided_at,
        subject=new.key if new else key,
    )
    return Claimed(draft, claim, new)


def _append_marked(
    actor: str, said: DecisionIn, raw: bytes, claim: Claim, violations: tuple[str, ...]
) -> Appended:
    if not violations:
        return _append(actor, said, raw, claim)
    with transaction.atomic():
        entry = _append(actor, said, raw, claim)
        log.append(mark(entry.id, said.use_case, said.model_ref, violations))
    return entry


def _append(actor: str, said: DecisionIn, raw: bytes, claim: Claim) -> Appended:
    """Write under a remembered subject, or as if it were new; correct the guess if it is wrong."""
    keys = key_store()
    index = _index(said, keys)
    key = subjects.remembered(index) if index else None
    for _ in range(_ATTEMPTS):
        new = None if key else subjects.fresh(said.use_case, index, keys)
        line = _Line(said.id, _claimed(actor, said, raw, claim, key, new), index)
        try:
            entry = log.append_claimed(*line.claimed)
        except SubjectKnown as known:
            key = known.key
        except Erased:
            # Erased since we looked: this decision is of a new subject.
            key = None
        else:
            line.remember()
            return entry
    raise Unavailable("The subject of this decision is changing elsewhere. Nothing was recorded.")


def _drafts(actor: str, items: Sequence[Item]) -> list[Draft]:
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
            id=item.entry_id,
        )
        for item, key in zip(items, keys, strict=True)
    ]
    marks = [
        mark(item.entry_id, item.about.use_case, item.about.model_ref, item.violations)
        for item in items
        if item.violations
    ]
    return drafts + marks
