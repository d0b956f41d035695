"""Intervals of the largest difference and the smallest ratio between any two groups.

Which groups are the extremes is itself uncertain, and a bootstrap of the extremes errs: they lie
further apart in every replicate. So every pair of groups gets its interval, all of them together at
the level wanted (Bonferroni), and the extreme of the true differences lies between the extremes of
these intervals' ends. At least the stated level, whatever the number of groups and however alike
they are; with two groups it is the interval of their one difference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fairness.counts import Floats
from fairness.intervals.contract import LEVEL, Interval
from fairness.intervals.proportions import katz, newcombe
from fairness.metrics.rates import Rate

_PAIRS = "over all pairs at once, Bonferroni (Dunn 1961)"


def largest_difference(rate: Rate, level: float = LEVEL) -> Interval:
    """Of the largest difference of the groups' rates, from 0 to 1, as a 0-dimensional array.

    rate: (groups,). Groups where it is undefined are left out; none with fewer than two groups.
    """
    pair = _pairs(rate)
    found = newcombe(*pair, _each(level, len(pair[0])))
    low = np.maximum(np.maximum(found.low, -found.high), 0.0)
    high = np.maximum(found.high, -found.low)
    return _named(found, _extreme(low, np.max), _extreme(high, np.max), level)


def smallest_ratio(rate: Rate, level: float = LEVEL) -> Interval:
    """Of the smallest ratio of two groups' rates, from 0 to 1; otherwise as ``largest_difference``."""
    pair = _pairs(rate)
    found = katz(*pair, _each(level, len(pair[0])))
    with np.errstate(divide="ignore"):
        low = np.minimum(found.low, 1 / found.high)
        high = np.minimum(np.minimum(found.high, 1 / found.low), 1.0)
    return _named(found, _extreme(low, np.min), _extreme(high, np.min), level)


def worst_of(one: Interval, two: Interval, *, largest: bool) -> Interval:
    """Of the larger (or smaller) of two figures, as equalized odds are; their levels add up short.

    Give both at a level of 1 - (1 - level) / 2 to get ``level``. A figure without an interval is
    passed over.
    """
    pick = np.fmax if largest else np.fmin
    level = max(0.0, one.level + two.level - 1)
    ends = [np.asarray(pick(getattr(one, end), getattr(two, end))) for end in ("low", "high")]
    return Interval(ends[0], ends[1], level, f"{one.method}, the worse of two", one.source)


def _pairs(rate: Rate) -> tuple[Floats, Floats, Floats, Floats]:
    here = rate.defined
    hits, trials = rate.hits[here], rate.trials[here]
    one, two = np.triu_indices(len(hits), 1)
    return hits[one], trials[one], hits[two], trials[two]


def _each(level: float, pairs: int) -> float:
    return 1 - (1 - level) / max(pairs, 1)


def _extreme(ends: Floats, pick: Callable[[Floats], Any]) -> Floats:
    return np.asarray(pick(ends) if len(ends) else np.nan)


def _named(found: Interval, low: Floats, high: Floats, level: float) -> Interval:
    return Interval(low, high, level, f"{found.method} {_PAIRS}", found.source)
