"""The sequencer alone on a backlog: leaves given places, signed and published."""

from __future__ import annotations

from benchmarks.figures import Figure, in_turn
from benchmarks.house import House
from benchmarks.payload import bodies
from benchmarks.sizes import Sizes
from benchmarks.suite.baseline import COPY, copy_rate
from benchmarks.suite.loading import record

FLOOR, AIM = 1 / 5, 1 / 2


def run(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("sequencing")
    with here.hand() as hand:
        hand.ask("jobs.sequencing.catch_up")

        def ours(number: int) -> float:
            record(here, f"backlog{number}", sizes.leaves)
            house.settle()
            done = hand.ask("jobs.sequencing.catch_up")
            return float(done["leaves"] / done["seconds"])

        def copy(_: int) -> float:
            return copy_rate(house, here.templates, sizes.copy_lines, sizes.bulk_batch)

        rounds = in_turn(sizes.rounds, {"ours": ours, "copy": copy}, house.watch)
    size = bodies(here.templates).mean_size()
    house.drop(here)
    return [
        Figure(
            "Sequencer",
            rounds.values["ours"],
            rounds.values["copy"],
            "leaves/s",
            COPY,
            "share",
            f"a backlog of {sizes.leaves:,} decisions a round; COPY of {sizes.copy_lines:,} rows "
            f"of {size:,} bytes",
            rounds.foreign,
            FLOOR,
            AIM,
        )
    ]
