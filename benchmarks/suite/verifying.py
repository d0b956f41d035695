"""Verifying the whole log, against hashing the same bytes and nothing else."""

from __future__ import annotations

from benchmarks.figures import Figure, in_turn
from benchmarks.house import House
from benchmarks.sizes import Sizes
from benchmarks.suite.loading import record

# Seconds for a million leaves.
FLOOR, AIM = 60.0, 15.0
_MILLION = 1e6


def run(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("verifying")
    record(here, "verified", sizes.verified)
    with here.hand() as hand:
        hand.ask("jobs.sequencing.catch_up")
        leaves = hand.ask("jobs.verifying.verify")["leaves"]

        def ours(_: int) -> float:
            done = hand.ask("jobs.verifying.verify")
            if not done["intact"]:
                raise RuntimeError("The log that was just written does not verify.")
            return float(done["seconds"] * _MILLION / done["leaves"])

        def hashing(_: int) -> float:
            return float(hand.ask("jobs.verifying.hash_only")["seconds"] * _MILLION / leaves)

        cells = {"ours": ours, "hashing": hashing}
        rounds = in_turn(sizes.rounds, cells, house.watch)
    house.drop(here)
    return [
        Figure(
            "verifylog of a million leaves",
            rounds.values["ours"],
            rounds.values["hashing"],
            "s",
            "SHA-256 of the same bytes, one process",
            "limit",
            f"{leaves:,} leaves, scaled to a million",
            rounds.foreign,
            FLOOR,
            AIM,
        )
    ]
