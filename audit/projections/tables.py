"""Statements over the read models. Each keeps audit_daily in step with the rows of audit_decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

from audit.binary import execute
from audit.leaves import Leaf
from audit.projections.readings import Rows, columns

TABLES: Final = ("audit_decision", "audit_outcome", "audit_mention", "audit_daily")

# Days are UTC, and in order: two transactions never take the same days one this way, one that way.
_DAYS: Final = """
  SELECT use_case, (decided_at AT TIME ZONE 'UTC')::date AS day, label, count(*) AS n
  FROM changed GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""

_ADD_DECISIONS: Final[LiteralString] = f"""
WITH changed AS (
  INSERT INTO audit_decision
  SELECT x.*, '{{}}'::text[] FROM unnest(
    %b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::uuid[], %b::text[],
    %b::timestamptz[], %b::timestamptz[], %b::text[], %b::float8[], %b::float8[], %b::text[], %b::text[]) x
  ON CONFLICT (entry_id) DO NOTHING
  RETURNING use_case, decided_at, label
)
INSERT INTO audit_daily AS d (use_case, day, label, decisions) {_DAYS}
ON CONFLICT (use_case, day, label) DO UPDATE SET decisions = d.decisions + excluded.decisions"""  # noqa: S608

_ADD_OUTCOMES: Final[LiteralString] = """
INSERT INTO audit_outcome
SELECT * FROM unnest(
  %b::uuid[], %b::bigint[], %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::text[],
  %b::float8[], %b::text[], %b::timestamptz[], %b::timestamptz[])
ON CONFLICT (entry_id) DO NOTHING"""

_ADD_MENTIONS: Final[LiteralString] = """
INSERT INTO audit_mention
SELECT * FROM unnest(%b::bigint[], %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::timestamptz[])
ON CONFLICT (leaf_index, about) DO NOTHING"""


def _remove_decisions(condition: LiteralString) -> LiteralString:
    return f"""
WITH changed AS (
  DELETE FROM audit_decision WHERE {condition} RETURNING use_case, decided_at, label
), days AS ({_DAYS})
UPDATE audit_daily d SET decisions = d.decisions - days.n
FROM days WHERE (d.use_case, d.day, d.label) = (days.use_case, days.day, days.label)"""  # noqa: S608


_FORGET: Final = (
    _remove_decisions("subject_id = ANY (%b::uuid[])"),
    "DELETE FROM audit_outcome WHERE subject_id = ANY (%b::uuid[])",
)
_CLEAR: Final = (
    _remove_decisions("entry_id = ANY (%b::uuid[])"),
    "DELETE FROM audit_outcome WHERE entry_id = ANY (%b::uuid[])",
)


def write(rows: Rows) -> None:
    """Add these rows, those that are there already left as they are; take the erased people's away."""
    if rows.decisions:
        execute(_ADD_DECISIONS, columns(rows.decisions))
    if rows.outcomes:
        execute(_ADD_OUTCOMES, columns(rows.outcomes))
    if rows.mentions:
        execute(_ADD_MENTIONS, columns(rows.mentions))
    if rows.erased:
        forget(rows.erased)


def forget(subjects: Sequence[UUID]) -> None:
    """Take away every row about these subjects. Mentions stay: they tell of entries, not of people."""
    for statement in _FORGET:
        execute(statement, [list(subjects)])
    execute("DELETE FROM audit_daily WHERE decisions = 0", [])


def clear(leaves: Sequence[Leaf]) -> None:
    """Take away what the entries of these leaves, which follow each other, have in the read models."""
    for statement in _CLEAR:
        execute(statement, [[leaf.entry_id for leaf in leaves]])
    bounds = [leaves[0].index, leaves[-1].index]
    execute("DELETE FROM audit_mention WHERE leaf_index BETWEEN %b AND %b", bounds)
