"""Claiming rows of work by lease, so that each is done once whatever happens to the worker.

A claim is committed at once: the lease, not a lock, keeps others off. A worker killed anywhere loses its lease and
nothing else; the rows are still pending, and due again when the lease has run out.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model

LEASE_SECONDS = 60
# A row that ended the worker this often (memory, a crash in a library) is set aside as failed.
ATTEMPTS = 3

_CLAIM = """
WITH one AS (
  SELECT {alike} FROM {table} t
  WHERE t.state = 'pending' AND (t.lease_until IS NULL OR t.lease_until < clock_timestamp()) {only}
  ORDER BY t.{key} LIMIT 1
), due AS (
  SELECT t.{key} FROM {table} t JOIN one USING ({alike})
  WHERE t.state = 'pending' AND (t.lease_until IS NULL OR t.lease_until < clock_timestamp()) {only}
  ORDER BY t.{key} LIMIT %(limit)s FOR UPDATE OF t SKIP LOCKED
)
UPDATE {table} t
SET lease = %(lease)s, lease_until = clock_timestamp() + make_interval(secs => %(seconds)s), attempts = attempts + 1
FROM due WHERE t.{key} = due.{key}
RETURNING t.{key}, t.attempts
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What this worker may settle while its lease lasts: rows by their key; worn_out: those that ended
    workers too often to be tried again."""

    lease: UUID
    due: tuple[UUID, ...]
    worn_out: tuple[UUID, ...]


def claim(
    table: type[Model], *, alike: tuple[str, ...], limit: int, only: UUID | None = None
) -> Claim:
    """Lease up to ``limit`` pending rows that agree in the columns ``alike``, the oldest first; or ``only`` this one.

    The table has a UUID key that grows with time, and the columns state, lease, lease_until and attempts.
    """
    lease, key = uuid4(), str(table._meta.pk.column)
    query = _CLAIM.format(
        table=table._meta.db_table,
        key=key,
        alike=", ".join(alike),
        only=f"AND t.{key} = %(only)s" if only else "",
    )
    values: dict[str, int | UUID | None] = {
        "limit": limit,
        "lease": lease,
        "seconds": LEASE_SECONDS,
        "only": only,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = sorted(cursor.fetchall())
    due = tuple(row for row, attempts in rows if attempts <= ATTEMPTS)
    return Claim(lease, due, tuple(row for row, attempts in rows if attempts > ATTEMPTS))
