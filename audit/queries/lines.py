"""The log's own lines, of some use cases or of a kind, newest first: each page by an index."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from django.db import connection

from audit.queries.entries import EntryRow, entries, entry_row
from audit.queries.pages import Page, Position, bounded, page, position

# Which use cases and kinds there are: one look into the index for each, however many lines they have.
GROUPS: Final[LiteralString] = """
WITH RECURSIVE grouped AS (
  (SELECT use_case, kind FROM audit_line ORDER BY use_case, kind LIMIT 1)
  UNION ALL
  SELECT n.use_case, n.kind FROM grouped g CROSS JOIN LATERAL (
    SELECT l.use_case, l.kind FROM audit_line l
    WHERE (l.use_case, l.kind) > (g.use_case, g.kind) ORDER BY l.use_case, l.kind LIMIT 1) n
)"""
# A few lines of each group, merged: one scan over several could not come out in order.
_LINES: Final = """
{groups}, picked AS MATERIALIZED (
  SELECT x.leaf_index FROM grouped g CROSS JOIN LATERAL (
    SELECT l.leaf_index FROM audit_line l
    WHERE l.use_case = g.use_case AND l.kind = g.kind AND {where}
    ORDER BY l.leaf_index {way} LIMIT %s) x
  WHERE {wanted} ORDER BY x.leaf_index {way} LIMIT %s
)
SELECT l.leaf_index, l.leaf_hash, e.header
FROM picked p JOIN audit_entry_leaf l ON l.leaf_index = p.leaf_index
JOIN audit_entry e ON e.id = l.entry_id
ORDER BY l.leaf_index {way}"""
_LISTED: Final = "SELECT next_index FROM audit_place WHERE name = 'lines'"


@dataclass(frozen=True, slots=True)
class LineFilter:
    """``use_cases`` are those the reader may see, None all of them; lines about the installation
    belong to every reader. ``kind`` empty is any."""

    use_cases: Collection[str] | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """A page, and the leaves it covers: of ``newest`` down to ``oldest`` none that fits is left out.

    None when no leaf is covered. A filtered list is some seconds behind the log.
    """

    page: Page[EntryRow]
    newest: int | None
    oldest: int | None


def lines(where: LineFilter, cursor: str | None = None, limit: int = 50) -> Lines:
    """A page of at most ``limit`` (1 to 200) lines, newest leaf first. Raises pages.BadCursor.

    An entry whose header was changed before it was noted is in the unfiltered list only.
    """
    if where.use_cases is None and not where.kind:
        found = entries(cursor, limit)
        rows = found.results
        covered = (rows[0].leaf_index, rows[-1].leaf_index) if rows else (None, None)
        return Lines(found, *covered)
    limit = bounded(limit)
    at = position(cursor, int)
    found = page(_read(where, at, limit), at, limit, key=lambda row: (row.leaf_index,))
    return Lines(found, *_covered(found, at))


def _read(where: LineFilter, at: Position | None, limit: int) -> list[EntryRow]:
    back = at is not None and at.back
    wanted, named = _wanted(where)
    query = _LINES.format(
        groups=GROUPS,
        where=f"l.leaf_index {'>' if back else '<'} %s::bigint" if at else "true",
        way="ASC" if back else "DESC",
        wanted=wanted,
    )
    values = [*(at.key if at else ()), limit + 1, *named, limit + 1]
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [entry_row(*row) for row in cursor]


def _wanted(where: LineFilter) -> tuple[str, list[Any]]:
    conditions, values = ["true"], list[Any]()
    if where.use_cases is not None:
        conditions.append("g.use_case = ANY(%s)")
        values.append(["", *sorted(where.use_cases)])
    if where.kind:
        conditions.append("g.kind = %s")
        values.append(where.kind.replace("\x00", ""))  # PostgreSQL's text cannot hold it
    return " AND ".join(conditions), values


def _covered(found: Page[EntryRow], at: Position | None) -> tuple[int | None, int | None]:
    rows = found.results
    newest, oldest = _listed() - 1, 0
    if at is not None and at.back:
        oldest = at.key[0] + 1
        newest = rows[0].leaf_index if found.previous else newest
    else:
        newest = at.key[0] - 1 if at is not None else newest
        oldest = rows[-1].leaf_index if found.next else oldest
    return (newest, oldest) if newest >= oldest else (None, None)


def _listed() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_LISTED)
        row = cursor.fetchone()
    return int(row[0]) if row else 0
