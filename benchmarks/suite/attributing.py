"""Our kernels against shap and lime, and how they grow."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.figures import Figure, Rounds, in_turn
from benchmarks.hands import Hand
from benchmarks.house import House
from benchmarks.sizes import Sizes


@dataclass(frozen=True)
class _Pair:
    """ours, theirs: cells of peers.attributing; floor and aim as the issue states them."""

    name: str
    ours: str
    theirs: str
    against: str
    floor: float
    aim: float


_PAIRS = (
    _Pair(
        "SHAP and LIME a decision", "ours", "per request",
        "shap.TreeExplainer and LimeTabularExplainer made for each request", 500, 2000,
    ),
    _Pair(
        "SHAP and LIME a decision, against cached", "ours", "cached",
        "cached shap.TreeExplainer in batches and cached LimeTabularExplainer", 200, 700,
    ),
    _Pair(
        "Interventional SHAP, 100 background rows", "our small", "their small",
        "cached shap.TreeExplainer, interventional, in batches", 100, 300,
    ),
    _Pair(
        "Path-dependent SHAP", "our paths", "their paths",
        "cached shap.TreeExplainer, path-dependent, in batches", 30, 60,
    ),
    _Pair("LIME", "our lime", "their lime", "cached LimeTabularExplainer", 100, 500),
)  # fmt: skip
# Rows a round for each cell, as shares of Sizes: what takes a second a row is asked for few.
_FEW = ("per request",)
_SOME = ("cached", "their small", "their paths", "their lime")
_AXES: dict[str, list[int]] = {
    "trees": [50, 100, 200, 400],
    "depth": [3, 4, 6, 8],
    "features": [10, 20, 40, 80],
    "background": [100, 1_000, 10_000],
    "rows": [1, 16, 256, 4096],
}


def run(house: House, sizes: Sizes) -> list[Figure]:
    """One process for both sides; processor time; A B A B."""
    with house.client() as hand:
        known = hand.ask("peers.attributing.prepare", trees=sizes.trees)
        rounds = _measured(house, sizes, hand)
        grown = _growth(hand, sizes)
    data = (
        f"German Credit, {known['rows']:,} rows, {known['features']} features; {sizes.trees} trees of "
        f"depth 6, {known['nodes']:,} nodes; background {known['rows']:,} rows unless said; "
        "processor time, one thread"
    )
    setup = f"Setting up (interventional tables and LIME sample, once a version): {known['setup']:.1f} s."
    compared = [
        Figure(
            pair.name,
            rounds.values[pair.ours],
            rounds.values[pair.theirs],
            "/s",
            pair.against,
            "times",
            data,
            rounds.foreign,
            pair.floor,
            pair.aim,
            (setup,),
        )
        for pair in _PAIRS
    ]
    return compared + [_axis(axis, grown[axis], rounds) for axis in grown]


def _measured(house: House, sizes: Sizes, hand: Hand) -> Rounds:
    def cell(name: str, number: int) -> float:
        rows = sizes.attributed
        if name in _FEW:
            rows = sizes.attributed_naively
        elif name in _SOME:
            rows = sizes.attributed_by_peers
        return float(hand.ask("peers.attributing.explained", cell=name, rows=rows, first=number))

    names = dict.fromkeys(name for pair in _PAIRS for name in (pair.ours, pair.theirs))
    cells: dict[str, Any] = {name: lambda number, name=name: cell(name, number) for name in names}
    return in_turn(sizes.rounds, cells, house.watch)


def _growth(hand: Hand, sizes: Sizes) -> dict[str, list[list[float]]]:
    """For every axis the rounds' costs, each a list along the axis."""
    rows = min(256, sizes.attributed)
    return {
        axis: [
            hand.ask("peers.attributing.growth", axis=axis, values=values, rows=rows)
            for _ in range(min(sizes.rounds, 3))
        ]
        for axis, values in _AXES.items()
        if sizes.grown
    }


def _axis(axis: str, costs: list[list[float]], rounds: Rounds) -> Figure:
    values = _AXES[axis]
    middle = [median(each) for each in zip(*costs, strict=True)]
    told = ", ".join(f"{value:,}: {cost:,.0f}" for value, cost in zip(values, middle, strict=True))
    return Figure(
        f"Growth with {axis}, {values[0]:,} to {values[-1]:,}",
        [cost[-1] for cost in costs],
        [cost[0] for cost in costs],
        "us a row",
        f"the same with {values[0]:,}",
        "growth",
        "interventional SHAP; 100 trees of depth 4, 20 features, 500 background rows but for the axis",
        rounds.foreign,
        notes=(f"Microseconds a row by {axis}: {told}.",),
        curve=tuple(zip(values, middle, strict=True)),
    )
