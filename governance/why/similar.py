"""Past decisions like one, for those who judge: never for the person concerned, whose data others' is not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from audit import accesses
from audit import queries as log_queries
from audit.queries import DecisionRecord
from explain.likeness import CHANNEL, Likeness, Space, likeness, word
from explain.queries import profile
from explain.standing import standing
from governance.why.urgency import wait_for_word

TASK: Final = "explain.tasks.similar_now"
DIFFERENCES: Final = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """A feature in which the two differ."""

    feature: str
    label: str
    own: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class SimilarDecision:
    """``effective_label``: after human review, which this release does not have, so the label recorded.
    ``outcome``: what turned out true last, None while nothing has been reported."""

    entry_id: UUID
    id: str | None
    decided_at: datetime | None
    distance: float
    label: str | None
    effective_label: str | None
    score: float | None
    outcome: str | None
    differing: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class SimilarPart:
    """``state``: ready, pending, or not_available with a sentence. ``among``: how many were compared."""

    state: str
    detail: str
    space: str
    among: int = 0
    found_at: datetime | None = None
    items: tuple[SimilarDecision, ...] = ()


def read_similar(
    *,
    key: str,
    use_cases: Collection[str],
    space: Space,
    actor: str,
    limit: int = 5,
    wait_seconds: float = 0.0,
) -> SimilarPart | None:
    """At most ``limit`` decisions of the same version nearest to the one that ``key`` names.

    ``use_cases`` are those in which the reader may read decisions and their reasons. None when there
    is no such decision. Whose decisions are shown is noted as an access before they are returned.
    """
    record = log_queries.decision(key=key, use_cases=use_cases)
    if record is None:
        return None
    if record.erased_at is not None or record.content is None:
        return SimilarPart("not_available", "Nothing is left to compare with others.", space)
    state = standing([record.entry_id]).get(record.entry_id)
    if state != "ready":
        return SimilarPart("not_available", "Only explained decisions are compared.", space)
    found = likeness(record.entry_id, space)
    if found is None and _searched(record.entry_id, space, wait_seconds):
        found = likeness(record.entry_id, space)
    if found is None:
        return SimilarPart("pending", "A worker is looking for them.", space)
    items = _items(record, found, limit)
    accesses.note(
        actor=actor,
        purpose="why:similar",
        entries=[record.entry_id, *(one.entry_id for one in items)],
    )
    detail = "" if items else "No other decision of this version has been explained."
    return SimilarPart("ready", detail, space, found.among, found.made_at, items)


def _searched(entry_id: UUID, space: Space, seconds: float) -> bool:
    """Ask a worker, and wait for its word: True when it came."""
    return wait_for_word(TASK, (str(entry_id), space), CHANNEL, word(entry_id, space), seconds)


def _items(record: DecisionRecord, found: Likeness, limit: int) -> tuple[SimilarDecision, ...]:
    items: list[SimilarDecision] = []
    for entry_id, distance in found.neighbours:
        if len(items) == limit:
            break
        other = log_queries.decision(key=str(entry_id), use_cases=[record.use_case])
        if other is not None and other.content is not None and other.erased_at is None:
            items.append(_item(record, other, distance))
    return tuple(items)


def _item(record: DecisionRecord, other: DecisionRecord, distance: float) -> SimilarDecision:
    output: Mapping[str, Any] = (other.content or {}).get("output") or {}
    reports = log_queries.outcomes(other.entry_id)
    last = reports[-1] if reports else None
    return SimilarDecision(
        entry_id=other.entry_id,
        id=other.decision_id,
        decided_at=other.decided_at,
        distance=distance,
        label=output.get("label"),
        effective_label=output.get("label"),
        score=output.get("score"),
        outcome=(last.label or str(last.value)) if last else None,
        differing=_differing(record, other),
    )


def _differing(record: DecisionRecord, other: DecisionRecord) -> tuple[Difference, ...]:
    """In the profile's order, at most five."""
    own = (record.content or {}).get("features") or {}
    theirs = (other.content or {}).get("features") or {}
    known = profile(record.model_ref)
    found = [
        Difference(one.name, one.label, own.get(one.name), theirs.get(one.name))
        for one in (known.specification.features if known else ())
        if own.get(one.name) != theirs.get(one.name)
    ]
    return tuple(found[:DIFFERENCES])
