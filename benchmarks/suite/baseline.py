"""What the database could do if it were asked for nothing but keeping the bytes."""

from __future__ import annotations

import time

from benchmarks.house import House

COPY = "heap-only binary COPY of the same bytes, 2 connections"
_CLIENTS = 2


def copy_rate(house: House, templates: str, lines: int, batch: int) -> float:
    """Rows a second by binary COPY into a heap without indexes, by two connections, durable."""
    each = lines // _CLIENTS
    with house.clients(_CLIENTS) as hands:
        for at, hand in enumerate(hands):
            hand.begin(
                "clients.copying.prepare",
                templates=templates,
                run="copy",
                first=at * each,
                count=each,
                batch=batch,
            )
        for hand in hands:
            hand.result()
        house.fresh_heap("bytea")
        begun = time.perf_counter()
        for hand in hands:
            hand.begin("clients.copying.send", dsn=house.baseline_dsn())
        for hand in hands:
            hand.result()
        return each * _CLIENTS / (time.perf_counter() - begun)
