"""Recording by the verbs, without a server between."""

from __future__ import annotations

import time
from datetime import timedelta

from audit import decisions, sequencer
from benchmarks.payload import batches, bodies
from governance.voices import SystemVoice

_VOICE = SystemVoice("benchmarks")


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
    """Seconds to record ``count`` in bulk, and to sequence, sign and publish them."""
    lines = bodies(templates).many(run, 0, count)
    begun = time.perf_counter()
    for some in batches(lines, batch):
        decisions.record_many(voice=_VOICE, lines=some, on_error="fail")
    sequencer.catch_up()
    return time.perf_counter() - begun


def singly(templates: str, run: str, count: int) -> float:
    """Seconds to record ``count`` one by one, each durable before the next, then to sign them."""
    lines = bodies(templates).many(run, 0, count)
    begun = time.perf_counter()
    for line in lines:
        decisions.record(voice=_VOICE, raw=line)
    sequencer.catch_up()
    return time.perf_counter() - begun
