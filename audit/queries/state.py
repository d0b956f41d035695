"""How the log stands, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

MANY: Final = 100_000  # beyond it the entries without a place are not counted to the last

# What lacks a leaf lies in the sequencer's window, so only the window is looked at (audit.window).
# ORDER BY keeps the planner to the window's index and OFFSET to a look-up for each of its rows: any
# other plan reads the whole log.
_WAITING: Final = """
SELECT count(*), extract(epoch FROM clock_timestamp() - min(recorded_at))::float8 FROM (
  SELECT e.recorded_at FROM audit_entry e
  WHERE (e.xid, e.id) > (%s::xid8, %s)
    AND NOT EXISTS (SELECT FROM audit_entry_leaf l WHERE l.entry_id = e.id OFFSET 0)
  ORDER BY e.xid, e.id LIMIT %s) w"""
_STATE: Final = """
SELECT s.low_xid::text, s.low_id, s.size, s.root, c.size, c.root, c.signed_at,
  (SELECT count(*) FROM audit_subject WHERE erased_at IS NOT NULL),
  (SELECT count(*) FROM audit_poison),
  (SELECT count(*) FROM audit_pending_access)
FROM audit_tree_state s
LEFT JOIN LATERAL (SELECT * FROM audit_checkpoint ORDER BY size DESC LIMIT 1) c ON true"""


@dataclass(frozen=True, slots=True)
class LogState:
    """The log in figures. ``size`` counts entries with a place in the tree, which has this ``root``.

    ``checkpoint_size`` of them are under the newest signed checkpoint; None before the first one.
    ``unsequenced`` entries are durable and wait for their place, the oldest of them for so many
    seconds; the count stops at 100,000.
    """

    size: int
    root: bytes
    checkpoint_size: int | None
    checkpoint_root: bytes | None
    checkpoint_at: datetime | None
    unsequenced: int
    oldest_unsequenced_seconds: float | None
    subjects_erased: int
    poisoned: int
    pending_accesses: int


def log_state() -> LogState:
    """The state now, in two queries whose cost does not grow with the log."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        low_xid, low_id, size, root, c_size, c_root, c_at, erased, poison, pending = (
            cursor.fetchone()
        )
        cursor.execute(_WAITING, [low_xid, low_id, MANY])
        waiting, seconds = cursor.fetchone()
    return LogState(
        size=size,
        root=bytes(root),
        checkpoint_size=c_size,
        checkpoint_root=None if c_root is None else bytes(c_root),
        checkpoint_at=c_at,
        unsequenced=waiting,
        oldest_unsequenced_seconds=seconds,
        subjects_erased=erased,
        poisoned=poison,
        pending_accesses=pending,
    )
