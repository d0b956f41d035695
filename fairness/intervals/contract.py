"""What an interval is."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from fairness.counts import Booleans, Floats

LEVEL: Final = 0.95


@dataclass(frozen=True)
class Interval:
    """A two-sided interval; NaN where there is none, for want of decisions or by its nature.

    low, high: arrays of the shape of the figure.
    level:     share of such intervals that hold the true value, at least about that.
    method, source: what it is, and where it is described.
    """

    low: Floats
    high: Floats
    level: float
    method: str
    source: str

    @property
    def width(self) -> Floats:
        return np.asarray(self.high - self.low)

    def without(self, which: Booleans) -> Interval:
        """The same with no interval where ``which`` holds."""
        low, high = (np.where(which, np.nan, end) for end in (self.low, self.high))
        return Interval(low, high, self.level, self.method, self.source)


def quantile(level: float) -> float:
    """How many standard errors a two-sided interval reaches. Raises ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError("a level lies between 0 and 1")
    return NormalDist().inv_cdf((1 + level) / 2)
