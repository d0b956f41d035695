"""A figure: what was measured, beside its baseline from the same run, and what was asked of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from benchmarks.machine import Watch

Kind = Literal["share", "times", "growth", "limit"]


@dataclass(frozen=True)
class Rounds:
    """Values of several cells, measured in turn: A B A B. ``foreign`` is the worst round's share."""

    values: Mapping[str, list[float]]
    foreign: float


def in_turn(
    times: int, cells: Mapping[str, Callable[[int], float]], watch: Callable[[], Watch]
) -> Rounds:
    """Run every cell once a round; each is told the number of the round and returns its value."""
    values: dict[str, list[float]] = {name: [] for name in cells}
    shares = []
    for number in range(times):
        with watch() as round_:
            for name, cell in cells.items():
                values[name].append(cell(number))
        shares.append(round_.share)
    return Rounds(values, max(shares))


@dataclass
class Costs:
    """CPU time of all our processes, clients and servers, per thing done: a busy machine bends it least."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, cell: str, watch: Watch, things: int) -> None:
        self.seconds.setdefault(cell, []).append(watch.cpu / things)

    def told(self, cell: str, name: str) -> str:
        return f"{median(self.seconds[cell]) * 1e6:,.0f} us {name}"


@dataclass(frozen=True)
class Figure:
    """One line of the report.

    ``kind`` says how ours and the baseline compare, and which way is better:
    share   ours / baseline, a fraction of what the machine could do: more is better
    times   ours / baseline, a multiple of a peer: more is better
    growth  ours / baseline, how much slower with more data: less is better
    limit   ours by itself, in ``unit``: less is better

    ``floor`` must be reached, ``aim`` is wanted; both in terms of what ``kind`` compares.
    """

    name: str
    ours: Sequence[float]
    baseline: Sequence[float]
    unit: str
    against: str
    kind: Kind
    data: str
    foreign: float
    floor: float | None = None
    aim: float | None = None
    notes: tuple[str, ...] = field(default=())
    # Of a growth, what was measured along the axis: (size, cost), for the drawing.
    curve: tuple[tuple[float, float], ...] = ()

    @property
    def ratios(self) -> list[float]:
        return [a / b if b else math.nan for a, b in zip(self.ours, self.baseline, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def judged(self) -> float:
        """What floor and aim are about."""
        return median(self.ours) if self.kind == "limit" else self.ratio

    @property
    def verdict(self) -> str:
        if self.floor is None and self.aim is None:
            return "no bound"
        if self._reaches(self.aim):
            return "aim reached"
        return "floor held" if self._reaches(self.floor) else "MISSED"

    def _reaches(self, bound: float | None) -> bool:
        if bound is None:
            return False
        more = self.kind in {"share", "times"}
        return self.judged >= bound if more else self.judged <= bound
