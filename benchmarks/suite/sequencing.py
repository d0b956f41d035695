"""The sequencer alone on a backlog: leaves given places, signed and published."""

from __future__ import annotations

from benchmarks.figures import Costs, Figure, in_turn
from benchmarks.house import House
from benchmarks.payload import bodies
from benchmarks.sizes import Sizes
from benchmarks.suite.baseline import COPY, copy_rate
from benchmarks.suite.loading import record

FLOOR, AIM = 1 / 5, 1 / 2


def run(house: House, sizes: Sizes) -> list[Figure]:
    here, costs = house.installation("sequencing"), Costs()
    with here.hand() as hand:
        hand.ask("jobs.sequencing.catch_up")

        def ours(number: int) -> float:
            record(here, f"backlog{number}", sizes.leaves)
            house.settle()
            with house.watch() as watch:
                done = hand.ask("jobs.sequencing.catch_up")
            costs.add("ours", watch, done["leaves"])
            return float(done["leaves"] / done["seconds"])

        def copy(_: int) -> float:
            return copy_rate(house, here.templates, sizes.copy_lines, sizes.bulk_batch, costs)

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
            (f"{costs.told('ours', 'of CPU a leaf')}, {costs.told('copy', 'a row of COPY')}.",),
        )
    ]
