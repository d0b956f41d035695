"""Means per group from sums: the mean score, and the errors of a regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from fairness.counts import Counts, Floats, Groups


@dataclass(frozen=True)
class Mean:
    """A mean of groups, all (groups,); NaN where there is nothing to take a mean of.

    number: by weight; value: the mean; deviation: the standard deviation, with number - 1.
    """

    name: str
    number: Floats
    value: Floats
    deviation: Floats


def mean_score(counts: Counts, *by: str) -> Mean:
    """The scores' mean by group (Fairlearn's ``mean_prediction``, to 1e-12). Raises KeyError."""
    groups = counts.groups(*by)
    sums = [groups.sum(one) for one in (counts.scored, counts.score, counts.score_squares)]
    return _mean("score_mean", *sums)


SUMS: Final = ("number", "error", "absolute", "squared", "fourth")


@dataclass(frozen=True)
class Errors:
    """Sums of a regression's errors (predicted - true) of decisions whose true value is known.

    All but ``names`` are (groups,). number: how many; error, absolute, squared: sums of the error, of its size and
    of its square; fourth: of its fourth power, for the interval of the RMSE.
    """

    names: tuple[tuple[str, ...], ...]
    number: Floats
    error: Floats
    absolute: Floats
    squared: Floats
    fourth: Floats

    @classmethod
    def of(cls, groups: Groups, sums: Mapping[str, ArrayLike]) -> Errors:
        """From sums of cells, (cells,) each, named as here. Raises KeyError for one that lacks."""
        columns = {name: groups.sum(np.asarray(sums[name], dtype=float)) for name in SUMS}
        return cls(groups.names, **columns)

    @property
    def bias(self) -> Mean:
        """The mean error: above 0 where predictions are too high."""
        return _mean("bias", self.number, self.error, self.squared)

    @property
    def mae(self) -> Mean:
        """The mean absolute error."""
        return _mean("mae", self.number, self.absolute, self.squared)

    @property
    def mse(self) -> Mean:
        """The mean squared error."""
        return _mean("mse", self.number, self.squared, self.fourth)

    @property
    def rmse(self) -> Floats:
        """The root of the mean squared error, (groups,)."""
        return np.asarray(np.sqrt(self.mse.value))


def single(predicted: ArrayLike, actual: ArrayLike) -> dict[str, Floats]:
    """The sums of single decisions, (rows,), as cells of one each."""
    error = np.asarray(predicted, dtype=float) - np.asarray(actual, dtype=float)
    return {
        "number": np.ones_like(error),
        "error": error,
        "absolute": np.abs(error),
        "squared": error**2,
        "fourth": error**4,
    }


def _mean(name: str, number: Floats, total: Floats, squares: Floats) -> Mean:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(number > 0, total / number, np.nan)
        spread = np.maximum(squares - total * value, 0.0) / (number - 1)
        deviation = np.where(number > 1, np.sqrt(spread), np.nan)
    return Mean(name, number, value, np.asarray(deviation))
