"""The follower that fills the read models: decisions and the rules they broke, outcomes, who is
mentioned where, daily counts. Beside it audit.projections.lines, for the list of the log itself.

Read models serve lists and search, and prove nothing. An erased person's rows go, and whatever is
lost or wrong here is made again from the log, to the same content.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.db import connection

from audit import places
from audit.leaves import LoggedEntry
from audit.projections import lines, tables
from audit.projections.readings import read

NAME: Final = "project"
BATCH: Final = 1000

Progress = Callable[[int, int], None]


def project(limit: int = BATCH) -> int:
    """Project the next entries of the log, at most ``limit``; how many were passed (places.advance)."""
    return places.advance(NAME, limit, _add)


def catch_up(seconds: float = 20.0) -> int:
    """Project and list until nothing is left, or that time is over; how many entries were projected.

    The time keeps a task below its limit when the log is far ahead; the next heartbeat goes on.
    """
    until = time.monotonic() + seconds
    passed = 0
    while time.monotonic() < until:
        # First what cannot fail for a body's sake: it goes on whatever becomes of the other.
        listed, now = lines.follow(BATCH), project()
        passed += now
        if not listed and not now:
            break
    return passed


def purge(*, subject: UUID) -> None:
    """Take an erased person's rows out of the read models; call it after the key is destroyed.

    Belongs in the transaction that erases. It waits for the batch being projected (which may have
    read the key alive) and keeps the next one out, so that after the commit no row can come back.
    The `erasure` entry does the same once more when it is projected, and in a rebuild.
    """
    with places.hold(NAME):
        tables.forget([subject])


def rebuild(progress: Progress) -> None:
    """Make the read models again from the log, in place, while readers and writers go on.

    A batch at a time is taken out and put back in one transaction: a reader sees each row as it was
    or as it is, and never an empty table. Poison that can now be handled is poison no longer.
    ``progress(done, total)`` is called after each batch. A crash leaves a good state; begin again.
    """
    first = 0
    while passed := max(
        places.again(NAME, first, BATCH, _add, undo=tables.clear), lines.again(first, BATCH)
    ):
        first += passed
        progress(first, _place())
    with places.hold(NAME) as place:
        _sweep(place)
    lines.sweep()


def fingerprint() -> str:
    """A digest of the read models' content, whatever the order of their rows: equal content, equal text."""
    sums = " UNION ALL ".join(
        f"SELECT '{table}', count(*), sum(hashtextextended(t::text, 1)::numeric), "  # noqa: S608
        f"sum(hashtextextended(t::text, 2)::numeric) FROM {table} t"
        for table in (*tables.TABLES, lines.TABLE)
    )
    with connection.cursor() as cursor:
        cursor.execute(sums)
        rows = sorted(cursor.fetchall())
    return " ".join(
        f"{table}:{count}:{int(one or 0):x}:{int(two or 0):x}" for table, count, one, two in rows
    )


def _add(entries: list[LoggedEntry]) -> None:
    tables.write(read(entries))


def _place() -> int:
    ours = {NAME, lines.NAME}
    return max((place.next_index for place in places.all_places() if place.name in ours), default=0)


# Rows of no entry that this follower has passed, and counts of days recounted from what remains.
_SWEEP: Final = (
    """DELETE FROM audit_decision d WHERE NOT EXISTS (SELECT FROM audit_entry_leaf l
         WHERE l.entry_id = d.entry_id AND l.leaf_index = d.leaf_index AND l.leaf_index < %s)""",
    """DELETE FROM audit_outcome o WHERE NOT EXISTS (SELECT FROM audit_entry_leaf l
         WHERE l.entry_id = o.entry_id AND l.leaf_index = o.leaf_index AND l.leaf_index < %s)""",
    """DELETE FROM audit_mention m WHERE NOT EXISTS (SELECT FROM audit_entry_leaf l
         WHERE l.entry_id = m.entry_id AND l.leaf_index = m.leaf_index AND l.leaf_index < %s)""",
    """DELETE FROM audit_violation v WHERE NOT EXISTS (SELECT FROM audit_entry_leaf l
         WHERE l.entry_id = v.entry_id AND l.leaf_index = v.leaf_index AND l.leaf_index < %s)""",
)
# Written again beside a mark that was wrong, a decision has copied it: now all marks are right.
_MARK_AGAIN: Final = """
UPDATE audit_decision d SET violations = x.broken
FROM (SELECT d.entry_id, ARRAY(SELECT DISTINCT v.violation FROM audit_violation v
        WHERE v.decision_entry = d.entry_id ORDER BY 1) AS broken FROM audit_decision d) x
WHERE x.entry_id = d.entry_id AND d.violations <> x.broken"""
_RECOUNT: Final = """
WITH counted AS (
  SELECT use_case, (decided_at AT TIME ZONE 'UTC')::date AS day, label, count(*) AS n
  FROM audit_decision GROUP BY 1, 2, 3
), gone AS (
  DELETE FROM audit_daily d WHERE NOT EXISTS (SELECT FROM counted c
    WHERE (c.use_case, c.day, c.label) = (d.use_case, d.day, d.label))
)
INSERT INTO audit_daily AS d SELECT * FROM counted
ON CONFLICT (use_case, day, label) DO UPDATE SET decisions = excluded.decisions"""


def _sweep(place: int) -> None:
    with connection.cursor() as cursor:
        for statement in _SWEEP:
            cursor.execute(statement, [place])
        cursor.execute(_MARK_AGAIN)
        cursor.execute(_RECOUNT)
