"""Filling an installation quickly: by the verbs, in bulk, from two processes."""

from __future__ import annotations

from benchmarks.house import Installation

_PROCESSES = 2


def record(here: Installation, run: str, count: int, days: int = 0) -> None:
    """Record ``count`` decisions, decided evenly over so many days; none has a place yet."""
    each = count // _PROCESSES
    with here.hands(_PROCESSES) as hands:
        for at, hand in enumerate(hands):
            hand.begin(
                "jobs.recording.load",
                templates=here.templates,
                run=run,
                first=at * each,
                count=each,
                of=count,
                days=days,
            )
        for hand in hands:
            hand.result()
