"""The explain worker with 500 trees of depth 6: alone, two of them, for one decision on demand, with many versions."""

from __future__ import annotations

from typing import Any

from benchmarks.figures import Figure, Rounds, in_turn
from benchmarks.hands import Hand
from benchmarks.house import House, Installation
from benchmarks.sizes import Sizes
from benchmarks.suite.loading import record

_MIB = 1 << 20
# How many engines' worth of memory a worker of the measurement may keep, and how many versions it is asked for.
_ALLOWED, _VERSIONS = 5, 50


def run(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("working")
    # As the product runs its workers: one thread of arithmetic each.
    here.env["OMP_NUM_THREADS"] = "1"
    with here.hands(2) as hands:
        known = hands[0].ask("jobs.working.prepare", trees=sizes.trees, templates=here.templates)
        for hand in hands:  # imports, compiled kernels and the version's tables are nobody's cost
            _due(here, hand, f"warm{hands.index(hand)}", 20)
            hand.ask("jobs.working.follow")
        rounds = _measured(house, sizes, here, hands)
    with here.hand() as hand:
        one = hand.ask("jobs.working.memory", versions=1, bound=1 << 40)
    with here.hand() as hand:
        bound = int(one["one"] * _ALLOWED * _MIB)
        many = hand.ask("jobs.working.memory", versions=_VERSIONS, bound=bound)
    house.drop(here)
    return _figures(sizes, known, rounds, one, many)


def _due(here: Installation, hand: Hand, name: str, count: int) -> None:
    """So many decisions, recorded, in the tree and noted, and none of them explained."""
    record(here, name, count)
    hand.ask("jobs.sequencing.catch_up")
    hand.ask("jobs.working.feed")


def _measured(house: House, sizes: Sizes, here: Installation, hands: list[Hand]) -> Rounds:
    count = sizes.explained

    def rate(done: dict[str, float]) -> float:
        return done["explained"] / done["cpu"]

    def alone(number: int) -> float:
        _due(here, hands[0], f"alone{number}", count)
        house.settle()
        said = hands[0].ask("jobs.working.follow")
        singly[number] = float(said["explained"] / said["seconds"])
        return rate(said)

    def together(number: int) -> float:
        _due(here, hands[0], f"together{number}", count)
        house.settle()
        for hand in hands:
            hand.begin("jobs.working.follow")
        done = [hand.result() for hand in hands]
        return float(sum(one["explained"] for one in done) / max(one["seconds"] for one in done))

    def on_demand(number: int) -> float:
        _due(here, hands[0], f"asked{number}", 40)
        said: dict[str, float] = hands[0].ask("jobs.working.on_demand", many=40)
        whole[number] = said["whole"]
        return said["computing"]

    singly: dict[int, float] = {}
    whole: dict[int, float] = {}
    cells: dict[str, Any] = {
        "alone": alone,
        "kernel": lambda _: rate(hands[0].ask("jobs.working.kernel", newest=count)),
        "together": together,
        "on demand": on_demand,
    }
    rounds = in_turn(sizes.rounds, cells, house.watch)
    further = {"singly": list(singly.values()), "whole": list(whole.values())}
    return Rounds({**rounds.values, **further}, rounds.foreign)


def _figures(
    sizes: Sizes,
    known: dict[str, Any],
    rounds: Rounds,
    one: dict[str, float],
    many: dict[str, float],
) -> list[Figure]:
    values = rounds.values
    data = (
        f"German Credit through one-hot coding, {known['features']} features; {known['trees']} trees of depth 6; "
        f"background {known['learnt']} rows"
    )
    batch = f"{sizes.explained:,} decisions a round; {data}"
    return [
        Figure(
            "Explain worker: claim, open, compute, seal, append, store",
            values["alone"], values["kernel"], "decisions/s of its processor",
            "all figures of the same decisions computed, nothing read or stored", "share", batch,
            rounds.foreign, floor=0.5,
        ),
        Figure(
            "Two workers",
            values["together"], values["singly"], "decisions/s by the clock",
            "one worker", "times", batch, rounds.foreign, floor=1.8,
            notes=("Two workers and PostgreSQL need more than two processors to double anything.",),
        ),
        Figure(
            "why on demand, warm version, computing",
            values["on demand"], values["whole"], "ms of the worker's processor",
            "with claim, opening, sealing and storing", "limit", f"one decision at a time; {data}",
            rounds.foreign, floor=10.0,
        ),
        Figure(
            f"Memory of a worker with {_VERSIONS} versions in use",
            [many["peak"]], [one["peak"]], "MiB at most", "one version in use", "limit",
            f"{one['one']:,.0f} MiB a version, {_ALLOWED} versions' worth allowed; {data}",
            # Beside what is kept, one more is being built while the oldest is let go.
            rounds.foreign, floor=one["peak"] + (_ALLOWED + 1) * one["one"],
            notes=(f"Kept at most: {many['kept']:,.0f} MiB of {_ALLOWED * one['one']:,.0f} allowed.",),
        ),
    ]  # fmt: skip
