"""Recording by the verbs, without a server between."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from django.db import connection

from audit import decisions
from benchmarks.payload import batches, bodies
from governance.voices import SystemVoice

_VOICE = SystemVoice("benchmarks")
_PATIENCE = 60.0
_COVERED = """
SELECT EXISTS (SELECT FROM audit_entry_leaf WHERE entry_id = %s
  AND leaf_index < (SELECT max(size) FROM audit_checkpoint))"""


def load(
    templates: str, run: str, first: int, count: int, of: int, days: int = 0, batch: int = 2000
) -> float:
    """Record ``count`` decisions of ``run`` in bulk; of all ``of``, decided over so many days."""
    begun = time.perf_counter()
    made = bodies(templates)
    for start in range(first, first + count, batch):
        number = min(batch, first + count - start)
        lines = made.many(run, start, number, timedelta(days=days), of)
        decisions.record_many(voice=_VOICE, lines=lines, on_error="fail")
    return time.perf_counter() - begun


def bulk(templates: str, run: str, count: int, batch: int) -> float:
    """Seconds until ``count`` are recorded in bulk and the sequencer, in its own process, has published
    the signed checkpoint that covers them."""
    lines = bodies(templates).many(run, 0, count)
    begun = time.perf_counter()
    for some in batches(lines, batch):
        done = decisions.record_many(voice=_VOICE, lines=some, on_error="fail")
    _await_checkpoint(done.receipts[-1].entry.id)
    return time.perf_counter() - begun


def singly(templates: str, run: str, count: int) -> float:
    """As ``bulk``, one by one, each durable before the next."""
    lines = bodies(templates).many(run, 0, count)
    begun = time.perf_counter()
    for line in lines:
        done = decisions.record(voice=_VOICE, raw=line)
    _await_checkpoint(done.entry.id)
    return time.perf_counter() - begun


def _await_checkpoint(entry: UUID) -> None:
    # One transaction's lines are sequenced in order, and transactions one after the other: the last
    # line speaks for all.
    deadline = time.monotonic() + _PATIENCE
    while not _covered(entry):
        if time.monotonic() > deadline:
            raise TimeoutError("The checkpoint does not come.")
        time.sleep(0.002)


def _covered(entry: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_COVERED, [entry])
        return bool(cursor.fetchone()[0])
