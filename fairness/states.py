"""What a figure with its interval says of a limit: OK, watch, breach, or insufficient evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, isfinite, log
from typing import Final

from fairness.intervals.contract import LEVEL, quantile

# How likely a departure of the size that matters should be noticed.
POWER: Final = 0.8
# Below so many decisions nothing is judged, whatever the interval says.
LEAST: Final = 30


class State(StrEnum):
    OK = "ok"
    WATCH = "watch"
    BREACH = "breach"
    INSUFFICIENT = "insufficient evidence"


@dataclass(frozen=True)
class Limit:
    """What a figure is held against.

    value:    the limit. at_least: whether the figure must not fall below it (ratios), else must not
              rise above it (differences, error rates).
    margin:   the smallest departure beyond the limit that must not be missed, in the figure's unit.
    of_ratio: whether distances are judged on the logarithm, as ratios' intervals are made.
    least:    decisions below which nothing is judged.
    Raises ValueError unless the margin is positive and, of a ratio, smaller than the limit.
    """

    value: float
    margin: float
    at_least: bool = False
    of_ratio: bool = False
    least: int = LEAST

    def __post_init__(self) -> None:
        if self.margin <= 0 or (self.of_ratio and self.margin >= self.value):
            raise ValueError("a margin is positive, and of a ratio smaller than the limit")

    @property
    def distance(self) -> float:
        """From the limit to the departure that must not be missed, on the scale judged on."""
        if not self.of_ratio:
            return self.margin
        beyond = self.value - self.margin if self.at_least else self.value + self.margin
        return abs(log(beyond / self.value))


@dataclass(frozen=True)
class Verdict:
    """needed: of insufficient evidence how many decisions it would take, with the groups' shares as
    they are; None where that cannot be told yet."""

    state: State
    needed: int | None = None


def judge(low: float, high: float, number: float, limit: Limit, *, level: float = LEVEL) -> Verdict:
    """A verdict on a figure whose interval at ``level`` is ``low`` to ``high``, of so many decisions.

    breach: the whole interval lies beyond the limit. OK: all of it lies within. Otherwise the limit
    is in the interval: watch, if there were decisions enough to notice the limit's margin, and
    insufficient evidence if not. Judging many segments at once, give intervals of a level that is
    shared among them (1 - (1 - level) / how many).
    """
    wanted = needed(low, high, number, limit, level=level)
    if not (low <= high) or number < limit.least:
        return Verdict(State.INSUFFICIENT, max(wanted or 0, limit.least))
    worst, best = (low, high) if limit.at_least else (-high, -low)
    bound = limit.value if limit.at_least else -limit.value
    if worst >= bound:
        return Verdict(State.OK)
    if best < bound:
        return Verdict(State.BREACH)
    if wanted is not None and number >= wanted:
        return Verdict(State.WATCH)
    return Verdict(State.INSUFFICIENT, wanted)


def needed(
    low: float,
    high: float,
    number: float,
    limit: Limit,
    *,
    level: float = LEVEL,
    power: float = POWER,
) -> int | None:
    """How many decisions would notice a departure of the limit's margin with this power.

    A standard error falls with the root of the decisions. The interval gives today's, reach / z of
    the level; margin / (z of the level + z of the power) is wanted, as for any sample size by normal
    approximation (Fleiss, Levin and Paik 2003, ch. 4); so number × (today's / wanted)². None where
    the interval has an open or no end, or nothing was decided.
    """
    if limit.of_ratio and low > 0 and high > 0 and isfinite(high):
        low, high = log(low), log(high)
    if not (isfinite(low) and isfinite(high) and number > 0):
        return None
    z = quantile(level)
    error = (high - low) / (2 * z)
    wanted = limit.distance / (z + quantile(2 * power - 1))
    return ceil(number * (error / wanted) ** 2)
