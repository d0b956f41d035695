"""Streams of decisions to try a monitor on: groups that do not differ, in several ways, and groups that do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from fairness.counts import Floats, Integers

Course = Literal["steady", "swings", "falls", "jumps"]
# How far the common rate goes from its middle, for better and worse.
_SWING: Final = 0.2
_JUMPS: Final = np.array([1.0, -1.0, 0.5, -0.5, 0.0])
# In bursts three looks of four are nearly empty and the fourth is full, of one group or of the other.
_BUSY: Final = 0.25
_QUIET: Final = 0.1


@dataclass(frozen=True)
class Scenario:
    """rate: selection rate of the others, or its middle; watched: the watched group's, the ratio of
    which to the others' stays the same over time; from_look: since when it is so, and equal before;
    share: of decisions that are of the watched group; course: how the common rate goes; bursts:
    whether decisions come in bursts, most of one group or most of the other."""

    name: str
    rate: float
    watched: float
    share: float = 0.3
    from_look: int = 0
    course: Course = "steady"
    bursts: bool = False

    def null(self, least_ratio: float) -> bool:
        """Whether the groups do not differ beyond what is granted."""
        low, high = sorted((self.rate, self.watched))
        return low >= least_ratio * high * (1 - 1e-9)


EQUAL: Final = (
    Scenario("none: 50 % all the time", 0.5, 0.5),
    Scenario("none: 10 % all the time", 0.1, 0.1),
    Scenario("none: 2 % all the time", 0.02, 0.02),
    Scenario("none: both rates swing between 30 % and 70 %", 0.5, 0.5, course="swings"),
    Scenario("none: both fall from 70 % to 30 %", 0.5, 0.5, course="falls"),
    Scenario("none: both jump between 70, 30, 60, 40 and 50 %", 0.5, 0.5, course="jumps"),
    Scenario("none: 50 %, decisions in bursts of one group", 0.5, 0.5, bursts=True),
    Scenario("none: both jump, in bursts of one group", 0.5, 0.5, course="jumps", bursts=True),
    Scenario("none: 50 %, the group is 3 % of decisions", 0.5, 0.5, share=0.03),
    Scenario("50 % against 47.5 % (ratio 0.95)", 0.5, 0.475),
    Scenario("50 % against 45 % (ratio 0.90)", 0.5, 0.45),
    Scenario("50 % against 40 % (ratio 0.80)", 0.5, 0.4),
    Scenario("50 % against 30 % (ratio 0.60)", 0.5, 0.3),
    Scenario("10 % against 8 % (ratio 0.80)", 0.1, 0.08),
    Scenario("2 % against 1 % (ratio 0.50)", 0.02, 0.01),
    Scenario("ratio 0.80, the others' rate falls from 70 % to 30 %", 0.5, 0.4, course="falls"),
    Scenario("50 % against 40 %, in bursts of one group", 0.5, 0.4, bursts=True),
    Scenario("50 % against 40 %, the group is 3 % of decisions", 0.5, 0.4, share=0.03),
    Scenario("50 % against 40 %, from the middle on", 0.5, 0.4, from_look=1000),
)
# For a monitor that grants four fifths.
FOUR_FIFTHS: Final = (
    Scenario("granted: 50 % against 50 %", 0.5, 0.5),
    Scenario("granted, at the edge: 50 % against 40 %", 0.5, 0.4),
    Scenario("granted, at the edge: both rates swing", 0.5, 0.4, course="swings"),
    Scenario("granted, at the edge: in bursts of one group", 0.5, 0.4, bursts=True),
    Scenario("50 % against 37.5 % (ratio 0.75)", 0.5, 0.375),
    Scenario("50 % against 35 % (ratio 0.70)", 0.5, 0.35),
    Scenario("50 % against 25 % (ratio 0.50)", 0.5, 0.25),
)


def drawn(
    scenario: Scenario, *, looks: int, streams: int, each: int, random: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats]:
    """Hits and trials of the watched group, then of the others, (looks, streams) each; ``each``
    decisions between two looks, in bursts on average."""
    shape, turn = (looks, streams), np.arange(looks)[:, None]
    common = scenario.rate + _SWING * _course(scenario.course, looks)
    ratio = np.where(turn < scenario.from_look, 1.0, scenario.watched / scenario.rate)
    many, share = _arrivals(scenario, shape, each, random)
    trials = random.binomial(many, share)
    others = many - trials
    hits, other_hits = random.binomial(trials, common * ratio), random.binomial(others, common)
    return (
        hits.astype(float),
        trials.astype(float),
        other_hits.astype(float),
        others.astype(float),
    )


def _course(course: Course, looks: int) -> Floats:
    """Between 1 and -1 over the horizon, (looks, 1)."""
    at = np.arange(looks)[:, None] / looks
    if course == "swings":
        return np.asarray(np.sin(2 * np.pi * at))
    if course == "falls":
        return np.asarray(1 - 2 * at)
    if course == "jumps":
        return np.asarray(_JUMPS[(at * len(_JUMPS)).astype(int)])
    return np.zeros((looks, 1))


def _arrivals(
    scenario: Scenario, shape: tuple[int, int], each: int, random: np.random.Generator
) -> tuple[Integers, Floats]:
    """How many decisions each look brings, and the watched group's share among them."""
    if not scenario.bursts:
        return np.full(shape, each), np.full(shape, scenario.share)
    busy = random.random(shape) < _BUSY
    full = each * (1 - (1 - _BUSY) * _QUIET) / _BUSY
    many = random.poisson(np.where(busy, full, each * _QUIET))
    # Beta with this mean, so wide that most bursts are nearly all of one group.
    return many, random.beta(scenario.share / 2, (1 - scenario.share) / 2, shape)
