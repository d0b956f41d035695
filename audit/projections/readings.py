"""What an entry says, as rows of the read models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from audit.decisions.admission import DOOR
from audit.header import Header
from audit.leaves import LoggedEntry
from audit.poison import Unfit
from audit.queries.content import Body, open_bodies


class Decided(NamedTuple):
    entry_id: UUID
    leaf_index: int
    decision_id: str
    use_case: str
    model_ref: str
    subject_id: UUID
    subject_ref: str
    decided_at: datetime
    recorded_at: datetime
    label: str
    score: float | None
    threshold: float | None
    role_of_ai: str
    trace_id: str


class Reported(NamedTuple):
    entry_id: UUID
    leaf_index: int
    decision_entry: UUID
    subject_id: UUID
    outcome_id: str
    use_case: str
    label: str
    value: float | None
    source: str
    observed_at: datetime
    recorded_at: datetime


class Marked(NamedTuple):
    """A rule that a decision broke, as the door said when it was recorded."""

    leaf_index: int
    violation: str
    entry_id: UUID
    decision_entry: UUID


class Mentioned(NamedTuple):
    leaf_index: int
    about: UUID
    entry_id: UUID
    kind: str
    actor: str
    recorded_at: datetime


@dataclass(frozen=True)
class Rows:
    """What a run of entries adds to the read models, and whose rows it takes away."""

    decisions: list[Decided] = field(default_factory=list)
    outcomes: list[Reported] = field(default_factory=list)
    violations: list[Marked] = field(default_factory=list)
    mentions: list[Mentioned] = field(default_factory=list)
    erased: list[UUID] = field(default_factory=list)


class _Output(msgspec.Struct):
    label: str | None = None
    score: float | None = None
    threshold: float | None = None


class _Decision(msgspec.Struct):
    id: str
    output: _Output
    subject: str | None = None
    role_of_ai: str = "decisive"
    trace_id: str | None = None


class _Outcome(msgspec.Struct):
    id: str
    label: str | None = None
    value: float | None = None
    source: str | None = None
    observed_at: datetime | None = None


class _Access(msgspec.Struct):
    entries: list[UUID]


class _Alert(msgspec.Struct):
    violations: list[str]


# Only what the rows need is looked at: the rest of a body was checked at the door, and is skipped.
_read_decision = msgspec.json.Decoder(_Decision).decode
_read_outcome = msgspec.json.Decoder(_Outcome).decode
_read_access = msgspec.json.Decoder(_Access).decode
_read_alert = msgspec.json.Decoder(_Alert).decode
_WITH_BODY = frozenset({"decision", "outcome", "access"})


def read(entries: Sequence[LoggedEntry]) -> Rows:
    """The rows these entries make. Bodies of erased people make none; their mentions stay.

    Raises Unfit or msgspec.ValidationError for an entry that makes no sense, or is damaged.
    """
    bodies = open_bodies([entry.header for entry in entries if _with_body(entry.header)])
    rows = Rows()
    for entry in entries:
        header, body = entry.header, _content(bodies.get(entry.id))
        if header.kind == "decision" and body is not None:
            rows.decisions.append(_decision(entry, body))
        elif header.kind == "outcome" and body is not None:
            rows.outcomes.append(_outcome(entry, body))
        elif _of_door(header) and body is not None:
            rows.violations.extend(_marks(entry, body))
        elif header.kind == "erasure":
            rows.erased.append(_subject(header))
        rows.mentions.extend(_mention(entry, about) for about in _abouts(header, body))
    return rows


def _with_body(header: Header) -> bool:
    return header.kind in _WITH_BODY or _of_door(header)


def _of_door(header: Header) -> bool:
    """The door's alerts name broken rules; those of others may say whatever they like."""
    return header.kind == "alert" and header.actor == DOOR


def _content(body: Body | None) -> bytes | None:
    if body is not None and body.damage:
        raise Unfit(body.damage)
    return body.content if body else None


def _decision(entry: LoggedEntry, body: bytes) -> Decided:
    header, said = entry.header, _read_decision(body)
    recorded_at = datetime.fromisoformat(header.recorded_at)
    return Decided(
        entry_id=entry.id,
        leaf_index=entry.leaf_index,
        decision_id=said.id,
        use_case=header.use_case,
        model_ref=header.model_ref or "",
        subject_id=_subject(header),
        subject_ref=said.subject or "",
        decided_at=datetime.fromisoformat(header.occurred_at)
        if header.occurred_at
        else recorded_at,
        recorded_at=recorded_at,
        label=said.output.label or "",
        score=said.output.score,
        threshold=said.output.threshold,
        role_of_ai=said.role_of_ai,
        trace_id=said.trace_id or "",
    )


def _outcome(entry: LoggedEntry, body: bytes) -> Reported:
    header, said = entry.header, _read_outcome(body)
    if header.ref is None:
        raise Unfit("An outcome that names no decision.")
    recorded_at = datetime.fromisoformat(header.recorded_at)
    return Reported(
        entry_id=entry.id,
        leaf_index=entry.leaf_index,
        decision_entry=header.ref,
        subject_id=_subject(header),
        outcome_id=said.id,
        use_case=header.use_case,
        label=said.label or "",
        value=said.value,
        source=said.source or "",
        observed_at=said.observed_at or recorded_at,
        recorded_at=recorded_at,
    )


def _marks(entry: LoggedEntry, body: bytes) -> list[Marked]:
    decision = entry.header.ref
    if decision is None:
        raise Unfit("A mark of the door that names no decision.")
    broken = sorted(set(_read_alert(body).violations))
    return [Marked(entry.leaf_index, one, entry.id, decision) for one in broken]


def _abouts(header: Header, body: bytes | None) -> set[UUID]:
    """The entries, or for erasures and segments the subject, in whose story this entry is a line."""
    if header.kind == "access" and body is not None:
        return set(_read_access(body).entries)
    if header.kind == "erasure" or (header.kind == "segments" and header.ref is None):
        return {_subject(header)}
    return {header.ref} if header.ref else set()


def _mention(entry: LoggedEntry, about: UUID) -> Mentioned:
    header = entry.header
    at = datetime.fromisoformat(header.recorded_at)
    return Mentioned(entry.leaf_index, about, entry.id, header.kind, header.actor, at)


def _subject(header: Header) -> UUID:
    if header.subject is None:
        raise Unfit(f"The {header.kind} names no subject.")
    return header.subject


def columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows turned into one list per column, as unnest() wants them."""
    return [list(column) for column in zip(*rows, strict=True)]
