"""Intervals of rates, of their differences and of their ratios, from hits and trials.

Hits and trials may be effective numbers (``Rate.hits``, ``Rate.trials``), so that decisions counted
by a probability say no more than they know. All functions take arrays that broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fairness.counts import Floats
from fairness.intervals.contract import LEVEL, Interval, quantile

_WILSON = "Wilson 1927, J. Am. Stat. Assoc. 22:209; Brown, Cai and DasGupta 2001"
_NEWCOMBE = "Newcombe 1998, Statistics in Medicine 17:873, method 10"
_KATZ = "Katz, Baptista, Azen and Pike 1978, Biometrics 34:469; zero cells Walter 1975"


def wilson(hits: ArrayLike, trials: ArrayLike, level: float = LEVEL) -> Interval:
    """The score interval of a rate, within 0 and 1; none without trials. Raises ValueError."""
    number, z2 = _floats(trials), quantile(level) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = _floats(hits) / number
        centre = (rate + z2 / (2 * number)) / (1 + z2 / number)
        variance = rate * (1 - rate) / number + z2 / (4 * number**2)
        reach = np.sqrt(z2 * np.maximum(variance, 0.0)) / (1 + z2 / number)
        # At 0 and 1 the ends are the rate itself, but for rounding.
        low = np.where(rate == 0, 0.0, np.maximum(centre - reach, 0.0))
        high = np.where(rate == 1, 1.0, np.minimum(centre + reach, 1.0))
    some = number > 0
    return Interval(
        np.where(some, low, np.nan), np.where(some, high, np.nan), level, "Wilson score", _WILSON
    )


def newcombe(
    hits: ArrayLike,
    trials: ArrayLike,
    other_hits: ArrayLike,
    other_trials: ArrayLike,
    level: float = LEVEL,
) -> Interval:
    """Of the difference rate - other rate of independent groups, from their Wilson intervals.

    None where either has no trials. Raises ValueError.
    """
    one, two = wilson(hits, trials, level), wilson(other_hits, other_trials, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, other = _floats(hits) / _floats(trials), _floats(other_hits) / _floats(other_trials)
    apart = rate - other
    low = apart - np.hypot(rate - one.low, two.high - other)
    high = apart + np.hypot(one.high - rate, other - two.low)
    return Interval(np.asarray(low), np.asarray(high), level, "Newcombe hybrid score", _NEWCOMBE)


def katz(
    hits: ArrayLike,
    trials: ArrayLike,
    other_hits: ArrayLike,
    other_trials: ArrayLike,
    level: float = LEVEL,
) -> Interval:
    """Of the ratio rate / other rate of independent groups, on the logarithm.

    Where either has no hits, a half is added to all four numbers; the end that nothing bounds stays
    open: 0 below a rate without hits, infinity above a ratio to a rate without hits. None where
    either has no trials. The ratio of a group to itself is 1 and has no interval: the caller takes
    it out (``Interval.without``). Raises ValueError.
    """
    given = np.broadcast_arrays(*map(_floats, (hits, trials, other_hits, other_trials)))
    none, other_none = given[0] == 0, given[2] == 0
    x, n, y, m = (one + 0.5 * (none | other_none) for one in given)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.log(x / n) - np.log(y / m)
        variance = 1 / x - 1 / n + 1 / y - 1 / m
        reach = quantile(level) * np.sqrt(np.maximum(variance, 0.0))
    some = (given[1] > 0) & (given[3] > 0)
    low = np.where(none, 0.0, np.exp(centre - reach))
    high = np.where(other_none, np.inf, np.exp(centre + reach))
    return Interval(
        np.where(some, low, np.nan), np.where(some, high, np.nan), level, "Katz log", _KATZ
    )


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=float)
