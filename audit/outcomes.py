"""Recording outcomes: what turned out true of a decision, told later, sealed for the same person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, ClassVar, Final
from uuid import UUID

from msgspec import Meta

from audit import bulk, claims, log, placing, receipts, subjects
from audit.bulk import BulkResult, Item, Judged, OnError
from audit.canonical import Flaw
from audit.claims import Claim
from audit.decisions import Recorded, repeat_of
from audit.door import Gone, Problem, Unavailable, Voice
from audit.forms import CallerId, Form, Moment, Rule, Slug, Word, in_time, read
from audit.keys import key_store
from audit.located import Located, locate
from audit.log import Appended, ClaimTaken, Draft
from audit.subjects import Erased

ACT: Final = "outcomes:write"
_ATTEMPTS: Final = 3
_UNKNOWN: Final = Claim(b"", b"")  # until the decision is located


def _says_something(said: OutcomeIn) -> Flaw | None:
    if said.label is None and said.value is None:
        return Flaw("/label", "required", "A label, a value, or both.")
    return None


def _corrects_another(said: OutcomeIn) -> Flaw | None:
    if said.corrects == said.id:
        return Flaw("/corrects", "itself", "An outcome corrects another one, of an earlier id.")
    return None


class OutcomeIn(Form, frozen=True, kw_only=True):
    """What turned out true: a label (repaid), a value (0.0), or both; who says so, and since when.

    ``corrects`` is the id of another outcome of the same decision, which no longer counts. Whether
    that one is here yet is not asked: a correction may overtake what it corrects.
    """

    RULES: ClassVar[tuple[Rule, ...]] = (
        in_time("observed_at"),
        (("label", "value"), _says_something),
        (("id", "corrects"), _corrects_another),
    )

    id: CallerId
    source: Word
    observed_at: Moment
    label: Word | None = None
    value: float | None = None
    corrects: CallerId | None = None
    note: Annotated[str, Meta(max_length=2000, description="At most 2000 characters.")] | None = (
        None
    )


class OutcomeLineIn(OutcomeIn, frozen=True, kw_only=True):
    """An outcome in a bulk: ``decision`` is the caller's id of the decision, or its entry id."""

    decision: CallerId
    use_case: Slug | None = None


def record(*, voice: Voice, decision: str, raw: bytes, use_case: str | None = None) -> Recorded:
    """Record one outcome of ``decision`` (the caller's id of it, or its entry id); an OutcomeIn.

    Durable on return, unless a transaction is open around it. Raises Malformed, Invalid, Forbidden;
    NotFound for an unknown decision, Gone when its person is erased, Conflict when this outcome id
    of this decision is recorded with another body. A repeat gives the receipt of the first time.
    """
    said = read(raw, OutcomeIn)
    name = (decision, use_case)
    about = locate([name], voice=voice, act=ACT)[name]
    if isinstance(about, Problem):
        raise about
    claim = claims.of_outcome(about.entry_id, said.id, raw, key_store())
    draft = _draft(voice.actor, about, said.observed_at, raw)
    try:
        entry, repeated = _append(draft, about.subject, claim), False
    except ClaimTaken as found:
        entry, repeated = repeat_of(claim, found.taken), True
    return Recorded(said.id, entry, repeated, (), receipts.accepted(entry))


def _append(draft: Draft, subject: UUID, claim: Claim) -> Appended:
    key = subjects.key(subject)
    try:
        if key is None:
            raise Erased
        return log.append_claimed(draft._replace(subject=key), claim)
    except Erased:
        # What was recorded before the person was erased is still a repeat, and has its receipt.
        if taken := claims.find([claim.key]).get(claim.key):
            raise ClaimTaken(taken) from None
        raise Gone(placing.ERASED) from None


def record_many(*, voice: Voice, lines: Iterable[bytes], on_error: OnError) -> BulkResult:
    """Record many outcomes, one OutcomeLineIn each, in one transaction; see bulk.settle."""
    given = list(lines)
    for _ in range(_ATTEMPTS):
        judged = _judge(voice, given)
        try:
            # Looking first: a repeat about an erased person must not be drafted as if it were new.
            return bulk.settle(judged, partial(_drafts, voice.actor), on_error)
        except Erased:
            continue  # erased since we judged its lines: judge again
    raise Unavailable("People are being erased while their outcomes arrive. Nothing was recorded.")


@dataclass(slots=True)
class _About:
    decision: Located
    observed_at: datetime


def _judge(voice: Voice, lines: Sequence[bytes]) -> Judged:
    said: dict[int, OutcomeLineIn] = {}

    def item(number: int, raw: bytes) -> Item:
        outcome = said[number] = read(raw, OutcomeLineIn)
        return Item(number, outcome.id, raw, _UNKNOWN, None)

    judged = bulk.judge(lines, item)
    names = {line: (one.decision, one.use_case) for line, one in said.items()}
    placed = placing.place(judged, names, voice=voice, act=ACT)
    keys = key_store()
    for line in judged.items:
        about = placed[line.line]
        line.claim = claims.of_outcome(about.entry_id, line.id, line.raw, keys)
        line.about = _About(about, said[line.line].observed_at)
    placing.refuse_erased(judged, lambda one: one.about.decision.subject)
    return judged


def _drafts(actor: str, items: Sequence[Item]) -> list[Draft]:
    about = [item.about.decision.subject for item in items]
    subjects.hold(set(about))
    keys = subjects.keys(about)
    return [
        _draft(actor, item.about.decision, item.about.observed_at, item.raw)._replace(
            subject=keys[subject], id=item.entry_id
        )
        for item, subject in zip(items, about, strict=True)
    ]


def _draft(actor: str, about: Located, observed_at: datetime, raw: bytes) -> Draft:
    return Draft(
        kind="outcome",
        use_case=about.use_case,
        actor=actor,
        body=raw,
        model_ref=about.model_ref,
        occurred_at=observed_at,
        ref=about.entry_id,
    )
