"""Intervals of anything that is computed from confusion counts, by drawing the decisions anew.

Cells of counts are drawn from a multinomial distribution, which is what drawing decisions with
replacement does to their counts (Efron 1979). Drawing cells as if they were decisions, as MetricFrame
would, gives intervals many times too wide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np

from fairness.counts import Floats
from fairness.intervals.contract import LEVEL, Interval, quantile
from fairness.metrics.rates import Confusion

REPLICATES: Final = 2000
# How many numbers a portion of replicates may hold at a time: 32 MB.
_PORTION: Final = 4_000_000
# Where more replicates than this share have no value, the figure has no interval.
_UNDEFINED: Final = 0.05
_SOURCE = "Efron 1979, Annals of Statistics 7:1; multinomial on the cells"

Statistics = Callable[[Confusion], Mapping[str, Floats]]


def replicated(
    confusion: Confusion, *, seed: int, replicates: int = REPLICATES
) -> Iterator[Confusion]:
    """The counts drawn anew, in portions: each a Confusion whose arrays lead with replicates.

    With probabilities as weights, as many decisions are drawn as the weights are worth (Kish), and
    each counts the same part of the total weight. Nothing comes where there are no decisions.
    """
    total, squares = confusion.weight.sum(), confusion.squares.sum()
    if not total:
        return
    drawn = max(round(total**2 / squares), 1)
    filled = np.flatnonzero(confusion.weight)
    chances = confusion.weight.flat[filled] / total
    random = np.random.default_rng(seed)
    portion = max(1, min(replicates, _PORTION // confusion.weight.size))
    for start in range(0, replicates, portion):
        many = min(portion, replicates - start)
        weight = np.zeros((many, confusion.weight.size))
        weight[:, filled] = random.multinomial(drawn, chances, size=many) * (total / drawn)
        weight = weight.reshape(many, *confusion.weight.shape)
        yield Confusion(confusion.attributes, confusion.names, weight, weight * (squares / total))


def bootstrap(
    confusion: Confusion,
    statistics: Statistics,
    *,
    seed: int,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> dict[str, Interval]:
    """The percentile interval of each figure ``statistics`` names; the same for the same seed.

    statistics: gives named arrays (..., any); leading axes are replicates, none for the estimate.
    Not for a largest difference or smallest ratio of groups that are much alike: the extremes of
    the replicates lie further apart than the truth (six equal groups of 200: the interval of the
    difference never holds its true value, 0). ``extremes`` is for these. Raises ValueError for a
    level that is none.
    """
    quantile(level)
    estimates = statistics(confusion)
    found: dict[str, list[Floats]] = {name: [] for name in estimates}
    for portion in replicated(confusion, seed=seed, replicates=replicates):
        for name, values in statistics(portion).items():
            found[name].append(np.asarray(values))
    return {
        name: _percentiles(np.asarray(estimate).shape, found[name], level)
        for name, estimate in estimates.items()
    }


def _percentiles(shape: tuple[int, ...], portions: list[Floats], level: float) -> Interval:
    low = high = np.full(shape, np.nan)
    if portions:
        values = np.concatenate(portions)
        undefined = np.isnan(values).mean(axis=0) > _UNDEFINED
        # Only so that quantiles of nothing need not be taken; these are left out just below.
        usable = np.where(undefined, 0.0, values)
        ends = np.nanquantile(usable, [(1 - level) / 2, (1 + level) / 2], axis=0)
        low, high = (np.where(undefined, np.nan, end) for end in ends)
    return Interval(low, high, level, "percentile bootstrap", _SOURCE)
