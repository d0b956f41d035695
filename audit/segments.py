"""Recording segments: what is known, or inferred, of a person, stated apart from any decision.

Sealed for the person as their decisions are, with the purpose it is kept for. The line says nothing
in its header but that segments were stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, ClassVar, Final
from uuid import UUID

from django.db import transaction
from msgspec import Meta

from audit import bulk, claims, log, placing, receipts, subjects
from audit.bulk import BulkResult, Item, Judged, OnError
from audit.canonical import Flaw
from audit.claims import Claim
from audit.decisions import Recorded, repeat_of
from audit.door import Forbidden, Gone, Invalid, Problem, Unavailable, Voice
from audit.forms import CallerId, Form, Moment, Reference, Rule, Slug, in_time, read
from audit.keys import key_store
from audit.located import Located, locate
from audit.log import ClaimTaken, Draft
from audit.segment_values import Segments, flaw_of
from audit.subjects import Erased

ACT: Final = "segments:write"
_ATTEMPTS: Final = 3
_CHANGING: Final = "People are being erased while their segments arrive. Nothing was recorded."


def _about_one(said: SegmentsIn) -> Flaw | None:
    if (said.subject is None) == (said.decision is None):
        return Flaw("/subject", "required", "Either a subject or a decision.")
    return None


def _says_something(said: SegmentsIn) -> Flaw | None:
    return None if said.segments else Flaw("/segments", "required", "At least one segment.")


class SegmentsIn(Form, frozen=True, kw_only=True):
    """Segments of a person (``subject``, for all their decisions in the use case) or of one decision."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        in_time("stated_at"),
        (("subject", "decision"), _about_one),
        (("segments",), _says_something),
        (("segments",), lambda said: flaw_of(said.segments)),
    )

    id: CallerId
    use_case: Slug
    purpose: Annotated[
        str, Meta(min_length=1, max_length=300, description="What the segments are kept for.")
    ]
    stated_at: Moment
    segments: Segments
    subject: Reference | None = None
    decision: CallerId | None = None


@dataclass(slots=True)
class _About:
    """The person by a keyed hash of their reference, or the decision."""

    use_case: str
    stated_at: datetime
    ref_index: bytes | None = None
    decision: Located | None = None


def record(*, voice: Voice, raw: bytes) -> Recorded:
    """Record one statement: ``raw`` is a SegmentsIn as JSON.

    Durable on return, unless a transaction is open around it. A person nobody named before is made
    known by it. Raises Malformed, Invalid, Forbidden; NotFound for an unknown decision, Gone when
    its person is erased, Conflict when the id is recorded with another body. A repeat gives the
    receipt of the first time.
    """
    said = read(raw, SegmentsIn)
    item = _item(voice, 0, raw, said)
    if said.decision is not None:
        name = (said.decision, said.use_case)
        found = locate([name], voice=voice, act=ACT)[name]
        if isinstance(found, Problem):
            raise found
        item.about.decision = found
    try:
        with transaction.atomic():
            (draft,) = _drafts(voice.actor, [item])
            entry, repeated = log.append_claimed(draft, item.claim), False
    except ClaimTaken as found_claim:
        entry, repeated = repeat_of(item.claim, found_claim.taken), True
    except Erased:
        if taken := claims.find([item.claim.key]).get(item.claim.key):
            entry, repeated = repeat_of(item.claim, taken), True
        else:
            raise Gone(placing.ERASED) from None
    return Recorded(said.id, entry, repeated, (), receipts.accepted(entry))


def record_many(*, voice: Voice, lines: Iterable[bytes], on_error: OnError) -> BulkResult:
    """Record many statements, one SegmentsIn each, in one transaction; see bulk.settle."""
    given = list(lines)
    for _ in range(_ATTEMPTS):
        judged = _judge(voice, given)
        try:
            return bulk.settle(judged, partial(_drafts, voice.actor), on_error)
        except Erased:
            continue  # erased since we judged its lines: judge again
    raise Unavailable(_CHANGING)


def _judge(voice: Voice, lines: Sequence[bytes]) -> Judged:
    names: dict[int, tuple[str, str | None]] = {}

    def item(number: int, raw: bytes) -> Item:
        said = read(raw, SegmentsIn)
        made = _item(voice, number, raw, said)
        if said.decision is not None:
            names[number] = (said.decision, said.use_case)
        return made

    judged = bulk.judge(lines, item)
    placed = placing.place(judged, names, voice=voice, act=ACT)
    for one in judged.items:
        one.about.decision = placed.get(one.line)
    placing.refuse_erased(judged, _subject)
    return judged


def _subject(item: Item) -> UUID | None:
    return item.about.decision.subject if item.about.decision else None


def _item(voice: Voice, number: int, raw: bytes, said: SegmentsIn) -> Item:
    _must_be_placed(voice, said.use_case)
    keys = key_store()
    claim: Claim = claims.of_segments(said.use_case, said.id, raw, keys)
    about = _About(said.use_case, said.stated_at)
    if said.subject is not None:
        about.ref_index = subjects.reference_index(said.use_case, said.subject, keys)
    return Item(number, said.id, raw, claim, about)


def _must_be_placed(voice: Voice, use_case: str) -> None:
    if not voice.allows(ACT, use_case=use_case):
        detail = f"You may not state segments in {use_case}."
        error = {"pointer": "/use_case", "code": "forbidden", "detail": detail}
        raise Forbidden(detail, errors=[error])
    problem = voice.admission(use_case, "").problem
    if problem is not None:
        raise Invalid(
            problem, errors=[{"pointer": "/use_case", "code": "unknown", "detail": problem}]
        )


def _drafts(actor: str, items: Sequence[Item]) -> list[Draft]:
    """Lines under their entry ids; their subjects are held, and made where there are none."""
    of_decisions = [item.about.decision.subject for item in items if item.about.decision]
    subjects.hold(set(of_decisions))
    keys = subjects.keys(of_decisions)
    named = [item for item in items if item.about.decision is None]
    people = iter(subjects.for_people([(one.about.use_case, one.about.ref_index) for one in named]))
    return [
        Draft(
            kind="segments",
            use_case=item.about.use_case,
            actor=actor,
            body=item.raw,
            occurred_at=item.about.stated_at,
            subject=keys[decision.subject] if decision else next(people),
            ref=decision.entry_id if decision else None,
            model_ref=decision.model_ref if decision else None,
            id=item.entry_id,
        )
        for item in items
        for decision in [item.about.decision]
    ]
