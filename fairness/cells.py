"""Cells: facts that are alike, added up by the database, in step with every change of a fact.

Each statement changes facts and adds what changed to the cells, or takes it away, at once: whatever
happens, cells are the sums of facts. The sums are exact, so that they are the same in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from django.db import connection

from audit.binary import execute, rows

KEYS: Final = ("version", "day", "stratum", "label", "effective", "truth", "bin")


class FactRow(NamedTuple):
    """A fact as it is written; see models.Fact. ``told`` is JSON."""

    entry_id: UUID
    stratum: int
    version: int
    day: date
    label: int
    effective: int
    truth: int
    bin: int
    weight: int
    square: int
    score: float | None
    error: float | None
    leaf_index: int
    truth_leaf: int | None
    told: str | None
    latest: int


_SUMS: Final = {
    "facts": "count(*)",
    "weight": "sum(weight)::bigint",
    "squares": "sum(square)::bigint",
    "scored": "coalesce(sum(weight) FILTER (WHERE score IS NOT NULL), 0)::bigint",
    "score": "coalesce(sum(weight * score), 0)",
    "score_squares": "coalesce(sum(weight * score * score), 0)",
    "valued": "coalesce(sum(weight) FILTER (WHERE error IS NOT NULL), 0)::bigint",
    "error": "coalesce(sum(weight * error), 0)",
    "absolute": "coalesce(sum(weight * abs(error)), 0)",
    "squared": "coalesce(sum(weight * error * error), 0)",
    "fourth": "coalesce(sum(weight * error * error * error * error), 0)",
}
_KEYS: Final[LiteralString] = "version, day, stratum, label, effective, truth, bin"
_NAMES: Final[LiteralString] = (
    "facts, weight, squares, scored, score, score_squares, valued, error, absolute, squared, fourth"
)
_SUM: Final[LiteralString] = ", ".join(_SUMS.values())
_PLUS: Final[LiteralString] = ", ".join(f"{name} = c.{name} + excluded.{name}" for name in _SUMS)
_MINUS: Final[LiteralString] = ", ".join(f"{name} = c.{name} - g.{name}" for name in _SUMS)
_GROUPED: Final[LiteralString] = f"SELECT {_KEYS}, {_SUM} FROM changed GROUP BY {_KEYS}"  # noqa: S608

# In order of keys, so that a cell's neighbours in the index are written together.
_ADD: Final[LiteralString] = f"""
WITH changed AS (
  INSERT INTO fairness_fact (entry_id, stratum, version, day, label, effective, truth, bin, weight,
    square, score, error, leaf_index, truth_leaf, told, latest)
  SELECT entry_id, stratum, version, day, label, effective, truth, bin, weight, square,
    score::text::numeric, error::text::numeric, leaf_index, truth_leaf, told::jsonb, latest
  FROM unnest(%b::uuid[], %b::int[], %b::int[], %b::date[], %b::int[], %b::int[], %b::int[],
    %b::smallint[], %b::bigint[], %b::bigint[], %b::float8[], %b::float8[], %b::bigint[],
    %b::bigint[], %b::text[], %b::bigint[]
  ) x (entry_id, stratum, version, day, label, effective, truth, bin, weight, square, score, error,
       leaf_index, truth_leaf, told, latest)
  RETURNING *
)
INSERT INTO fairness_cell AS c ({_KEYS}, {_NAMES}) {_GROUPED} ORDER BY {_KEYS}
ON CONFLICT ({_KEYS}) DO UPDATE SET {_PLUS}"""  # noqa: S608

_REMOVE: Final[LiteralString] = f"""
WITH changed AS (
  DELETE FROM fairness_fact f USING unnest(%b::uuid[], %b::int[]) x (entry_id, stratum)
  WHERE (f.entry_id, f.stratum) = (x.entry_id, x.stratum) RETURNING f.*
), g ({_KEYS}, {_NAMES}) AS ({_GROUPED})
UPDATE fairness_cell c SET {_MINUS} FROM g
WHERE (c.version, c.day, c.stratum, c.label, c.effective, c.truth, c.bin)
    = (g.version, g.day, g.stratum, g.label, g.effective, g.truth, g.bin)"""  # noqa: S608
_EMPTY: Final[LiteralString] = "DELETE FROM fairness_cell WHERE facts = 0"

# Every cell from the facts alone: what ``add`` does a batch at a time, over all there is.
ROLL_UP: Final[LiteralString] = f"""
WITH changed AS (SELECT * FROM fairness_fact WHERE version = ANY (%b::int[]))
INSERT INTO fairness_cell ({_KEYS}, {_NAMES}) {_GROUPED}"""  # noqa: S608


def add(facts: Sequence[FactRow]) -> None:
    """Write facts that are not there yet, and count them."""
    if facts:
        execute(_ADD, [list(column) for column in zip(*facts, strict=True)])


def remove(facts: Sequence[tuple[UUID, int]]) -> None:
    """Take facts away, named by entry and stratum, and what they counted for; unknown ones are passed over."""
    if facts:
        execute(_REMOVE, [list(column) for column in zip(*facts, strict=True)])
        execute(_EMPTY, [])


def recount(versions: Sequence[int] | None = None) -> int:
    """Make the cells of these versions, or of all, again from their facts; how many cells there are.

    Call it while nothing else changes facts (inside facts.held).
    """
    if versions is None:
        versions = [version for (version,) in rows("SELECT id::int FROM fairness_version", [])]
        execute("DELETE FROM fairness_cell", [])
    else:
        execute("DELETE FROM fairness_cell WHERE version = ANY (%b::int[])", [list(versions)])
    with connection.cursor() as cursor:
        cursor.execute(ROLL_UP.replace("%b", "%s"), [list(versions)])
        return int(cursor.rowcount)


_NAMED: Final = f"""
SELECT v.use_case, v.model_ref, c.day, s.segments::text, coalesce(l.text, ''), coalesce(e.text, ''),
  coalesce(t.text, ''), c.bin, {", ".join(f"trim_scale(c.{name})" for name in _SUMS)}
FROM fairness_cell c JOIN fairness_version v ON v.id = c.version
JOIN fairness_stratum s ON s.id = c.stratum LEFT JOIN fairness_word l ON l.id = c.label
LEFT JOIN fairness_word e ON e.id = c.effective LEFT JOIN fairness_word t ON t.id = c.truth
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"""  # noqa: S608


def content() -> list[tuple[Any, ...]]:
    """All cells by name instead of by code: two installations that agree give the same list."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMED)
        return list(cursor.fetchall())
