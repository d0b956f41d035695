"""Intervals of means, and of the root mean square."""

from __future__ import annotations

import numpy as np

from fairness.intervals.contract import LEVEL, Interval, quantile
from fairness.metrics.means import Errors, Mean

_CENTRAL = "central limit theorem; standard error = deviation / √number"


def normal(mean: Mean, level: float = LEVEL) -> Interval:
    """Of a mean, from its standard error; none below two values. Good from some dozens on."""
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = quantile(level) * mean.deviation / np.sqrt(mean.number)
    return Interval(mean.value - reach, mean.value + reach, level, "normal", _CENTRAL)


def of_rmse(errors: Errors, level: float = LEVEL) -> Interval:
    """Of the RMSE: the interval of the mean squared error under the root, from 0 on."""
    squared = normal(errors.mse, level)
    low, high = (np.sqrt(np.maximum(end, 0.0)) for end in (squared.low, squared.high))
    return Interval(low, high, level, "normal, of the square", _CENTRAL)
