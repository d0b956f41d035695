"""What an entry of the log says for comparing groups, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from audit.header import Header
from audit.leaves import LoggedEntry
from audit.poison import Unfit
from audit.queries.content import open_bodies
from fairness.derivation import shares_of

KINDS: Final = frozenset({"decision", "outcome", "segments", "review"})


class DecidedRow(NamedTuple):
    entry_id: UUID
    leaf_index: int
    use_case: str
    model_ref: str
    subject_id: UUID
    decided_at: datetime
    label: str
    score: float | None


class ReportRow(NamedTuple):
    entry_id: UUID
    leaf_index: int
    decision: UUID
    kind: str
    name: str
    corrects: str
    label: str
    value: float | None
    source: str
    observed_at: datetime
    recorded_at: datetime


class StatementRow(NamedTuple):
    entry_id: UUID
    leaf_index: int
    subject_id: UUID
    decision: UUID | None
    stated_at: datetime
    shares: str


@dataclass(frozen=True)
class Rows:
    """What a run of entries says, and whom it erases."""

    decided: list[DecidedRow] = field(default_factory=list)
    reports: list[ReportRow] = field(default_factory=list)
    statements: list[StatementRow] = field(default_factory=list)
    erased: list[UUID] = field(default_factory=list)


class _Output(msgspec.Struct):
    label: str | None = None
    score: float | None = None


class _Decision(msgspec.Struct):
    output: _Output
    segments: dict[str, Any] | None = None


class _Outcome(msgspec.Struct):
    id: str
    label: str | None = None
    value: float | None = None
    source: str | None = None
    observed_at: datetime | None = None
    corrects: str | None = None


class _Segments(msgspec.Struct):
    segments: dict[str, Any]


class _Review(msgspec.Struct):
    label: str | None = None
    group: str | None = None


_read_decision = msgspec.json.Decoder(_Decision).decode
_read_outcome = msgspec.json.Decoder(_Outcome).decode
_read_segments = msgspec.json.Decoder(_Segments).decode
_read_review = msgspec.json.Decoder(_Review).decode


def read(entries: Sequence[LoggedEntry]) -> Rows:
    """The rows these entries make; what erased people's said is gone.

    Raises Unfit or msgspec.ValidationError for an entry that makes no sense, or is damaged.
    """
    wanted = [entry.header for entry in entries if entry.header.kind in KINDS]
    bodies = open_bodies(wanted)
    rows = Rows()
    for entry in entries:
        if entry.header.kind == "erasure":
            rows.erased.append(_subject(entry.header))
        elif (body := bodies.get(entry.id)) is not None:
            if body.damage:
                raise Unfit(body.damage)
            if body.content is not None:
                _add(rows, entry, body.content)
    return rows


def _add(rows: Rows, entry: LoggedEntry, body: bytes) -> None:
    kind = entry.header.kind
    if kind == "decision":
        _add_decision(rows, entry, _read_decision(body))
    elif kind == "outcome":
        rows.reports.append(_outcome(entry, _read_outcome(body)))
    elif kind == "segments":
        said = _read_segments(body)
        rows.statements.append(_statement(entry, entry.header.ref, said.segments))
    else:
        said_in_review = _read_review(body)
        if said_in_review.label:  # other acts of a review conclude nothing
            rows.reports.append(_review(entry, said_in_review))


def _add_decision(rows: Rows, entry: LoggedEntry, said: _Decision) -> None:
    header = entry.header
    rows.decided.append(
        DecidedRow(
            entry.id,
            entry.leaf_index,
            header.use_case,
            header.model_ref or "",
            _subject(header),
            _when(header),
            said.output.label or "",
            said.output.score,
        )
    )
    if said.segments:
        rows.statements.append(_statement(entry, entry.id, said.segments))


def _outcome(entry: LoggedEntry, said: _Outcome) -> ReportRow:
    return ReportRow(
        entry.id,
        entry.leaf_index,
        _about(entry.header),
        "outcome",
        said.id,
        said.corrects or "",
        said.label or "",
        said.value,
        said.source or "",
        said.observed_at or _when(entry.header),
        datetime.fromisoformat(entry.header.recorded_at),
    )


def _review(entry: LoggedEntry, said: _Review) -> ReportRow:
    return ReportRow(
        entry.id,
        entry.leaf_index,
        _about(entry.header),
        "review",
        "",
        "",
        said.label or "",
        None,
        said.group or "",
        _when(entry.header),
        datetime.fromisoformat(entry.header.recorded_at),
    )


def _statement(entry: LoggedEntry, decision: UUID | None, said: dict[str, Any]) -> StatementRow:
    header = entry.header
    shares = orjson.dumps(shares_of(said)).decode()
    return StatementRow(
        entry.id, entry.leaf_index, _subject(header), decision, _when(header), shares
    )


def _about(header: Header) -> UUID:
    if header.ref is None:
        raise Unfit(f"The {header.kind} names no decision.")
    return header.ref


def _subject(header: Header) -> UUID:
    if header.subject is None:
        raise Unfit(f"The {header.kind} names no subject.")
    return header.subject


def _when(header: Header) -> datetime:
    return datetime.fromisoformat(header.occurred_at or header.recorded_at)
