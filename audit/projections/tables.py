"""Statements over the read models. Each keeps audit_daily in step with the rows of audit_decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

from audit.binary import execute
from audit.leaves import Leaf
from audit.projections.readings import Rows, columns

TABLES: Final = (
    "audit_decision",
    "audit_violation",
    "audit_outcome",
    "audit_mention",
    "audit_daily",
)

# Days are UTC, and in order: two transactions never take the same days one this way, one that way.
_DAYS: Final = """
  SELECT use_case, (decided_at AT TIME ZONE 'UTC')::date AS day, label, count(*) AS n
  FROM changed GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""

_ADD_DECISIONS: Final[LiteralString] = f"""
WITH changed AS (
  INSERT INTO audit_decision
  SELECT x.*, ARRAY(SELECT DISTINCT v.violation FROM audit_violation v
                    WHERE v.decision_entry = x.entry_id ORDER BY 1)
  FROM unnest(
    %b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::uuid[], %b::text[],
    %b::timestamptz[], %b::timestamptz[], %b::text[], %b::float8[], %b::float8[], %b::text[], %b::text[]
  ) x (entry_id, leaf_index, decision_id, use_case, model_ref, subject_id, subject_ref,
       decided_at, recorded_at, label, score, threshold, role_of_ai, trace_id)
  ON CONFLICT (entry_id) DO NOTHING
  RETURNING use_case, decided_at, label
)
INSERT INTO audit_daily AS d (use_case, day, label, decisions) {_DAYS}
ON CONFLICT (use_case, day, label) DO UPDATE SET decisions = d.decisions + excluded.decisions"""  # noqa: S608

# The door's mark is a later line than its decision, and may come in a later batch; in a rebuild it
# is there before. So each, when it is written, looks for the other.
_ADD_VIOLATIONS: Final[LiteralString] = """
INSERT INTO audit_violation
SELECT * FROM unnest(%b::bigint[], %b::text[], %b::uuid[], %b::uuid[])
ON CONFLICT (leaf_index, violation) DO NOTHING"""
_MARK_DECISIONS: Final[LiteralString] = """
UPDATE audit_decision d SET violations = v.broken
FROM (SELECT decision_entry, array_agg(DISTINCT violation ORDER BY violation) AS broken
      FROM audit_violation WHERE decision_entry = ANY (%b::uuid[]) GROUP BY decision_entry) v
WHERE d.entry_id = v.decision_entry AND d.violations <> v.broken"""

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
    if rows.violations:
        execute(_ADD_VIOLATIONS, columns(rows.violations))
        execute(_MARK_DECISIONS, [[mark.decision_entry for mark in rows.violations]])
    if rows.outcomes:
        execute(_ADD_OUTCOMES, columns(rows.outcomes))
    if rows.mentions:
        execute(_ADD_MENTIONS, columns(rows.mentions))
    if rows.erased:
        forget(rows.erased)


def forget(subjects: Sequence[UUID]) -> None:
    """Take away every row about these subjects.

    Mentions and violations stay: they tell of entries, not of people.
    """
    for statement in _FORGET:
        execute(statement, [list(subjects)])
    execute("DELETE FROM audit_daily WHERE decisions = 0", [])


def clear(leaves: Sequence[Leaf]) -> None:
    """Take away what the entries of these leaves, which follow each other, have in the read models."""
    for statement in _CLEAR:
        execute(statement, [[leaf.entry_id for leaf in leaves]])
    bounds = [leaves[0].index, leaves[-1].index]
    execute("DELETE FROM audit_mention WHERE leaf_index BETWEEN %b AND %b", bounds)
    execute("DELETE FROM audit_violation WHERE leaf_index BETWEEN %b AND %b", bounds)
