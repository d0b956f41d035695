"""The explain worker's whole path against its kernels alone, and the kernels against shap and lime."""

from __future__ import annotations

from benchmarks.figures import Figure, in_turn
from benchmarks.house import House
from benchmarks.sizes import Sizes
from benchmarks.suite import attributing
from benchmarks.suite.loading import record


def run(house: House, sizes: Sizes) -> list[Figure]:
    return [*_worker(house, sizes), *attributing.figures(house, sizes)]


def _worker(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("explaining")
    # As the product runs its workers: one thread of arithmetic each.
    here.env["OMP_NUM_THREADS"] = "1"
    with here.hand() as hand:
        record(here, "warm", 20)
        hand.ask("jobs.sequencing.catch_up")
        hand.ask("jobs.explaining.follow")

        def ours(number: int) -> float:
            record(here, f"explained{number}", sizes.explained)
            hand.ask("jobs.sequencing.catch_up")
            house.settle()
            done = hand.ask("jobs.explaining.follow")
            return float(done["explained"] / done["seconds"])

        def kernel(_: int) -> float:
            done = hand.ask("jobs.explaining.kernel", newest=sizes.explained)
            return float(done["explained"] / done["seconds"])

        rounds = in_turn(sizes.rounds, {"ours": ours, "kernel": kernel}, house.watch)
    house.drop(here)
    return [
        Figure(
            "Explain worker, one process",
            rounds.values["ours"],
            rounds.values["kernel"],
            "decisions/s",
            "SHAP and LIME kernels alone, one process",
            "share",
            f"{sizes.explained:,} decisions a round; 120 trees, 17 features",
            rounds.foreign,
            floor=0.5,
        )
    ]
