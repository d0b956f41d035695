"""What the database could do if it were asked for nothing but keeping the bytes."""

from __future__ import annotations

from benchmarks.figures import Costs
from benchmarks.house import House

COPY = "heap-only binary COPY of the same bytes, 2 connections"
_CLIENTS = 2


def copy_rate(house: House, templates: str, lines: int, batch: int, costs: Costs) -> float:
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
        with house.watch() as watch:
            for hand in hands:
                hand.begin("clients.copying.send", dsn=house.baseline_dsn())
            for hand in hands:
                hand.result()
    costs.add("copy", watch, each * _CLIENTS)
    return each * _CLIENTS / watch.seconds
