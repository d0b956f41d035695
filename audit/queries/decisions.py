"""Decisions as a list: newest first, filtered and searched, each page by an index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from audit import subjects
from audit.keys import key_store
from audit.queries.pages import Page, Position, bounded, page, position


@dataclass(frozen=True)
class DecisionFilter:
    """Which decisions. ``use_cases`` are those the reader may see, all named; the rest narrows.

    ``since`` (inclusive) and ``until`` (exclusive) are about the time decided. ``subject`` is the
    caller's reference of a person, or a pseudonym. ``q`` finds an entry id, a trace id or a person's
    reference exactly; if it is none of these, decisions whose id begins with it, in order of ids.
    """

    use_cases: Collection[str]
    q: str = ""
    label: str = ""
    model_ref: str = ""
    since: datetime | None = None
    until: datetime | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A line of the list, from the read model: some seconds behind the log, and without the erased."""

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
    violations: tuple[str, ...]


@dataclass
class _Conditions:
    """SQL conditions and their values, in step."""

    sql: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, sql: str, *values: Any) -> None:
        self.sql.append(sql)
        self.values += values

    def text(self) -> str:
        return " AND ".join(self.sql) or "true"


_COLUMNS: Final = ", ".join(DecisionRow.__slots__)
_BY_TIME: Final = ("decided_at", "entry_id")
_BY_ID: Final = ('decision_id COLLATE "C"', "entry_id")
_LAST: Final = "\U0010ffff"  # sorts after every character an id may begin with


def decisions(
    where: DecisionFilter, cursor: str | None = None, limit: int = 50
) -> Page[DecisionRow]:
    """A page of at most ``limit`` (1 to 200) decisions, in at most three queries.

    Newest decided first; a search for the beginning of an id goes in order of ids. Raises
    pages.BadCursor for a cursor of another list.
    """
    limit = bounded(limit)
    if "\x00" in where.q + where.label + where.model_ref + where.subject:
        return Page([], None, None)  # PostgreSQL's text cannot hold it, so nothing has it
    hits = _hits(where)
    if where.q and not where.subject and not _any(hits, where):
        return _by_id(where, cursor, limit)
    at = position(cursor, datetime, UUID)
    narrowed = _narrowed(where)
    if hits is None:
        rows = _walked(narrowed, where, _BY_TIME, at, limit, descending=True)
    else:
        rows = _among(narrowed, where, hits, at, limit)
    return page(rows, at, limit, key=lambda row: (row.decided_at, row.entry_id))


def how_many(where: DecisionFilter) -> int:
    """How many decisions there are by use case, label, version and time; ``q`` and ``subject`` are
    not asked. Counts them one by one: for commands, not for pages."""
    narrowed = _narrowed(where)
    narrowed.add("use_case = ANY(%s)", sorted(where.use_cases))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM audit_decision WHERE {narrowed.text()}",  # noqa: S608
            narrowed.values,
        )
        return int(cursor.fetchone()[0])


def _by_id(where: DecisionFilter, cursor: str | None, limit: int) -> Page[DecisionRow]:
    at = position(cursor, str, UUID)
    narrowed = _narrowed(where)
    narrowed.add('decision_id COLLATE "C" >= %s', where.q)
    narrowed.add('decision_id COLLATE "C" < %s', where.q + _LAST)
    rows = _walked(narrowed, where, _BY_ID, at, limit, descending=False)
    return page(rows, at, limit, key=lambda row: (row.decision_id, row.entry_id))


def _narrowed(where: DecisionFilter) -> _Conditions:
    made = _Conditions()
    for column, wanted in (("label", where.label), ("model_ref", where.model_ref)):
        if wanted:
            made.add(f"{column} = %s", wanted)
    if where.since:
        made.add("decided_at >= %s", where.since)
    if where.until:
        made.add("decided_at < %s", where.until)
    if where.subject and where.q:
        test = "(starts_with(decision_id, %s) OR trace_id = %s OR entry_id::text = %s)"
        made.add(test, where.q, where.q, where.q)
    return made


def _walked(
    narrowed: _Conditions,
    where: DecisionFilter,
    order: tuple[str, str],
    at: Position | None,
    limit: int,
    *,
    descending: bool,
) -> list[DecisionRow]:
    """A page read along an index: a few rows of each use case, merged.

    One scan over several use cases could not come out in order, and would sort all they have.
    """
    ordering = _continue(narrowed, order, at, descending=descending)
    query = f"""
        SELECT d.* FROM unnest(%s::text[]) AS u (use_case) CROSS JOIN LATERAL (
          SELECT {_COLUMNS} FROM audit_decision
          WHERE use_case = u.use_case AND {narrowed.text()} ORDER BY {ordering} LIMIT %s) AS d
        ORDER BY {ordering} LIMIT %s"""  # noqa: S608
    return _read(query, [sorted(where.use_cases), *narrowed.values, limit + 1, limit + 1])


def _among(
    narrowed: _Conditions,
    where: DecisionFilter,
    hits: _Conditions,
    at: Position | None,
    limit: int,
) -> list[DecisionRow]:
    """A page out of few rows, found first and sorted then (MATERIALIZED keeps the planner to that)."""
    narrowed.add("use_case = ANY(%s)", sorted(where.use_cases))
    ordering = _continue(narrowed, _BY_TIME, at, descending=True)
    union = " UNION ".join(
        f"SELECT {_COLUMNS} FROM audit_decision WHERE {condition}"  # noqa: S608
        for condition in hits.sql
    )
    query = f"""
        WITH hit AS MATERIALIZED ({union})
        SELECT * FROM hit WHERE {narrowed.text()} ORDER BY {ordering} LIMIT %s"""  # noqa: S608
    return _read(query, [*hits.values, *narrowed.values, limit + 1])


def _continue(
    narrowed: _Conditions, order: tuple[str, str], at: Position | None, *, descending: bool
) -> str:
    """Start after (or before) the position, and the ORDER BY that leads there."""
    down = descending != (at is not None and at.back)
    if at is not None:
        narrowed.add(f"({', '.join(order)}) {'<' if down else '>'} (%s, %s)", *at.key)
    return ", ".join(f"{column} {'DESC' if down else 'ASC'}" for column in order)


def _hits(where: DecisionFilter) -> _Conditions | None:
    """Each a condition by itself: a person's decisions, or whatever ``q`` names exactly."""
    named = where.subject or where.q
    if not named:
        return None
    hits = _Conditions()
    hits.add("subject_id = ANY(%s::uuid[])", _people(where.use_cases, named))
    if not where.subject:
        hits.add("trace_id = %s", named)
        entry_id = _uuid(named)
        if entry_id:
            hits.add("entry_id = %s", entry_id)
    return hits


def _any(hits: _Conditions | None, where: DecisionFilter) -> bool:
    if hits is None:
        return False
    tests = " OR ".join(
        f"EXISTS (SELECT FROM audit_decision WHERE {condition} AND use_case = ANY(%s))"
        for condition in hits.sql
    )
    cases = sorted(where.use_cases)
    values = [item for value in hits.values for item in (value, cases)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {tests}", values)
        return bool(cursor.fetchone()[0])


def _people(use_cases: Collection[str], named: str) -> list[UUID]:
    """The pseudonyms behind a caller's reference, one per use case that knows it; or the one given."""
    keys = key_store()
    indexes = [subjects.reference_index(use_case, named, keys) for use_case in use_cases]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM audit_subject WHERE ref_index = ANY(%s)", [indexes])
        found = [row[0] for row in cursor]
    pseudonym = _uuid(named)
    return [*found, pseudonym] if pseudonym else found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _read(query: str, values: Sequence[Any]) -> list[DecisionRow]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [DecisionRow(*_frozen(row)) for row in cursor]


def _frozen(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row[:-1], tuple(row[-1]))
