"""Cells: facts that are alike, added up by the database, in step with every change of a fact.

Each statement changes facts and adds what changed to the cells, or takes it away, at once: whatever
happens, cells are the sums of facts. Sums are of whole numbers and of decimals, never of floats, so
that they are the same in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from django.db import connection

from audit.binary import execute, rows
from fairness.derivation import BINS, WHOLE


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
    lag: int | None
    contradicted: bool
    told: str | None
    latest: int


@dataclass(frozen=True)
class _Table:
    """A table of sums: what its rows stand for, what they add up, and of which facts."""

    name: LiteralString
    keys: Mapping[LiteralString, LiteralString]
    sums: Mapping[LiteralString, LiteralString]
    facts: LiteralString

    @property
    def columns(self) -> LiteralString:
        return ", ".join((*self.keys, *self.sums))

    @property
    def places(self) -> LiteralString:
        """The keys by their places, for GROUP BY and ORDER BY."""
        return ", ".join(str(at) for at in range(1, len(self.keys) + 1))

    def grouped(self, changed: LiteralString) -> LiteralString:
        wanted = ", ".join((*self.keys.values(), *self.sums.values()))
        return f"SELECT {wanted} FROM {changed} WHERE {self.facts} GROUP BY {self.places}"  # noqa: S608

    def plus(self, changed: LiteralString) -> LiteralString:
        """Add what changed; in order of keys, so that neighbours in the index are written together."""
        keys = ", ".join(self.keys)
        sums = ", ".join(f"{name} = c.{name} + excluded.{name}" for name in self.sums)
        return (
            f"INSERT INTO {self.name} AS c ({self.columns}) {self.grouped(changed)} "
            f"ORDER BY {self.places} ON CONFLICT ({keys}) DO UPDATE SET {sums}"
        )

    def minus(self, changed: LiteralString) -> LiteralString:
        sums = ", ".join(f"{name} = c.{name} - g.{name}" for name in self.sums)
        ours = ", ".join(f"c.{name}" for name in self.keys)
        theirs = ", ".join(f"g.{name}" for name in self.keys)
        return (
            f"UPDATE {self.name} c SET {sums} FROM ({self.grouped(changed)}) "  # noqa: S608
            f"AS g ({self.columns}) WHERE ({ours}) = ({theirs})"
        )


# Scores count to the fifteenth decimal, as whole numbers: adding those up costs a fraction of adding
# decimals up. A part of a decision (an inferred segment), and a score of 64 or beyond, whose square
# would not fit, count to their last digit.
_PLAIN: Final[LiteralString] = f"weight = {WHOLE} AND abs(score) < 64"


def _scores(plain: LiteralString, exact: LiteralString) -> LiteralString:
    """The sum of weight times ``plain``, which is of floats; ``exact`` says the same in decimals."""
    return (
        f"coalesce(sum(({plain} * 1e15::float8)::bigint) FILTER (WHERE {_PLAIN}), 0) * 1e-9 + "
        f"coalesce(sum(weight * {exact}) FILTER (WHERE NOT ({_PLAIN})), 0)"
    )


def _errors(exact: LiteralString) -> LiteralString:
    # The filter first: without it even a decision without an error has its weight made a decimal.
    return f"coalesce(sum(weight * {exact}) FILTER (WHERE error IS NOT NULL), 0)"


_EXACT: Final[LiteralString] = "score::text::numeric"
_SCORE: Final = _scores("score", _EXACT)
_SCORE_SQUARES: Final = _scores("score * score", f"{_EXACT} * {_EXACT}")

# A day's Monday, by whole days since one: extract() would make a numeric of every day.
WEEK: Final[LiteralString] = "day - mod(day - DATE '0001-01-01', 7)"

LABELS: Final = _Table(
    "fairness_cell",
    {name: name for name in ("version", "day", "stratum", "label", "effective", "truth")},
    {
        "facts": "count(*)",
        "weight": "sum(weight)",
        "squares": "sum(square)",
        "scored": "coalesce(sum(weight) FILTER (WHERE score IS NOT NULL), 0)",
        "score": _SCORE,
        "score_squares": _SCORE_SQUARES,
        "valued": "coalesce(sum(weight) FILTER (WHERE error IS NOT NULL), 0)",
        "error": _errors("error"),
        "absolute": _errors("abs(error)"),
        "squared": _errors("error * error"),
        "fourth": _errors("error * error * error * error"),
    },
    "true",
)
SCORES: Final = _Table(
    "fairness_scorecell",
    {
        "version": "version",
        "week": WEEK,
        "stratum": "stratum",
        "truth": "truth",
        "bin": "bin",
    },
    {
        "facts": "count(*)",
        "weight": "sum(weight)",
        "score": _SCORE,
        "score_squares": _SCORE_SQUARES,
    },
    "bin >= 0",
)
_TABLES: Final = (LABELS, SCORES)
# Whether there is room for more cells of scores than there are facts, by the cells of labels.
_SPARSE: Final[LiteralString] = f"""
SELECT {BINS} * count(DISTINCT (version, {WEEK}, stratum, truth)) > sum(facts) FROM fairness_cell"""  # noqa: S608

_ADD: Final[LiteralString] = f"""
WITH changed AS (
  INSERT INTO fairness_fact (entry_id, stratum, version, day, label, effective, truth, bin, weight,
    square, score, error, leaf_index, truth_leaf, lag, contradicted, told, latest)
  SELECT entry_id, stratum, version, day, label, effective, truth, bin, weight, square,
    score, error::text::numeric, leaf_index, truth_leaf, lag, contradicted,
    told::jsonb, latest
  FROM unnest(%b::uuid[], %b::int[], %b::int[], %b::date[], %b::int[], %b::int[], %b::int[],
    %b::smallint[], %b::int[], %b::int[], %b::float8[], %b::float8[], %b::bigint[],
    %b::bigint[], %b::bigint[], %b::bool[], %b::text[], %b::bigint[]
  ) x (entry_id, stratum, version, day, label, effective, truth, bin, weight, square, score, error,
       leaf_index, truth_leaf, lag, contradicted, told, latest)
  RETURNING *
), scores AS ({SCORES.plus("changed")})
{LABELS.plus("changed")}"""  # noqa: S608
_REMOVE: Final[LiteralString] = f"""
WITH changed AS (
  DELETE FROM fairness_fact f USING unnest(%b::uuid[], %b::int[]) x (entry_id, stratum)
  WHERE (f.entry_id, f.stratum) = (x.entry_id, x.stratum) RETURNING f.*
), scores AS ({SCORES.minus("changed")})
{LABELS.minus("changed")}"""  # noqa: S608


def add(facts: Sequence[FactRow]) -> None:
    """Write facts that are not there yet, and count them."""
    if facts:
        execute(_ADD, [list(column) for column in zip(*facts, strict=True)])


def remove(facts: Sequence[tuple[UUID, int]]) -> None:
    """Take facts away, named by entry and stratum, and what they counted for; unknown ones are passed over."""
    if facts:
        execute(_REMOVE, [list(column) for column in zip(*facts, strict=True)])
        for table in _TABLES:
            execute(f"DELETE FROM {table.name} WHERE facts = 0", [])  # noqa: S608


def recount() -> int:
    """Make all cells again from the facts; how many cells of labels there are.

    Call it while nothing else changes facts (inside facts.held).
    """
    clear()
    fill()
    return int(rows("SELECT count(*) FROM fairness_cell", [])[0][0])


def clear() -> None:
    """Take all cells away; for ``fill`` to make them again in the same transaction."""
    for table in _TABLES:
        execute(f"DELETE FROM {table.name}", [])  # noqa: S608


def fill() -> None:
    """All cells from all facts, where there are none. Needs a transaction around it."""
    # Room for the groups: on disk they cost as much again. Until the transaction ends.
    execute("SET LOCAL work_mem = '256MB'", [])
    execute(roll_up(LABELS), [])
    ((sparse,),) = rows(_SPARSE, [])
    # Nearly a cell per fact is quicker made by sorting, which the planner cannot foresee.
    execute("SELECT set_config('enable_hashagg', %b, true)", ["off" if sparse else "on"])
    execute(roll_up(SCORES), [])
    execute("SET LOCAL enable_hashagg = on", [])


def roll_up(table: _Table) -> LiteralString:
    """The statement that adds up a table from all facts: what ``add`` does a batch at a time."""
    return (
        f"INSERT INTO {table.name} ({table.columns}) {table.grouped('fairness_fact')} "
        f"ORDER BY {table.places}"
    )


def _named(table: _Table) -> str:
    """A table's rows with names instead of codes."""
    codes = {
        "version": "(SELECT v.use_case || ' ' || v.model_ref FROM fairness_version v WHERE v.id = c.version)",
        "stratum": "(SELECT s.segments::text FROM fairness_stratum s WHERE s.id = c.stratum)",
        **{
            name: f"coalesce((SELECT w.text FROM fairness_word w WHERE w.id = c.{name}), '')"  # noqa: S608
            for name in ("label", "effective", "truth")
        },
    }
    keys = ", ".join(codes.get(name, f"c.{name}") for name in table.keys)
    sums = ", ".join(f"trim_scale(c.{name})" for name in table.sums)
    return f"SELECT {keys}, {sums} FROM {table.name} c ORDER BY {table.places}"  # noqa: S608


def content(table: _Table = LABELS) -> list[tuple[Any, ...]]:
    """The cells by name instead of by code: two installations that agree give the same list."""
    with connection.cursor() as cursor:
        cursor.execute(_named(table))
        return list(cursor.fetchall())
