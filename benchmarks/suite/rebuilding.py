"""Making the read models again, against the database writing the same rows by itself."""

from __future__ import annotations

import time

from benchmarks.figures import Figure, in_turn
from benchmarks.house import House, Installation
from benchmarks.sizes import Sizes
from benchmarks.suite.loading import record

_BARE = (
    "DROP TABLE IF EXISTS bare",
    "CREATE TABLE bare (LIKE audit_decision INCLUDING ALL)",
    "INSERT INTO bare SELECT * FROM audit_decision",
)


def run(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("rebuilding")
    rows = sizes.verified
    with here.hand() as hand:
        firsts = []

        def first(number: int) -> float:
            record(here, f"projected{number}", rows // sizes.rounds)
            hand.ask("jobs.sequencing.catch_up")
            house.settle()
            firsts.append(rows // sizes.rounds / hand.ask("jobs.projecting.project"))
            return firsts[-1]

        def bare(_: int) -> float:
            house.settle()
            return _insert(here)

        projected = in_turn(sizes.rounds, {"ours": first, "bare": bare}, house.watch)
        cells = {"ours": lambda _: _rebuilt(house, hand.ask, rows), "bare": bare}
        rebuilt = in_turn(sizes.rounds, cells, house.watch)
    house.drop(here)
    return [
        Figure(
            name,
            rounds.values["ours"],
            rounds.values["bare"],
            "decisions/s",
            "INSERT ... SELECT of the same rows, the same indexes",
            "share",
            data,
            rounds.foreign,
        )
        for name, rounds, data in (
            ("Projecting", projected, f"{rows // sizes.rounds:,} decisions a round"),
            ("Rebuilding the read models", rebuilt, f"{rows:,} decisions, in place"),
        )
    ]


def _rebuilt(house: House, ask: object, rows: int) -> float:
    house.settle()
    return rows / ask("jobs.projecting.rebuild")  # type: ignore[operator]


def _insert(here: Installation) -> float:
    with here.superuser() as connection:
        for statement in _BARE[:-1]:
            connection.execute(statement)
        begun = time.perf_counter()
        done = connection.execute(_BARE[-1])
        return done.rowcount / (time.perf_counter() - begun)
