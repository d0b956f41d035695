"""Intervals of the area under the ROC curve."""

from __future__ import annotations

import numpy as np

from fairness.counts import Floats
from fairness.intervals.contract import LEVEL, Interval, quantile
from fairness.scores.bins import ScoreBins
from fairness.scores.ranking import auc

_DELONG = "DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837; and the bins' own error"


def delong(bins: ScoreBins, level: float = LEVEL) -> Interval:
    """Of the exact AUC, (groups,), within 0 and 1; none below two positives or two negatives.

    The normal interval from the spread of placements (how many of the other side a score beats, by
    bins), wider on both sides by what the bins may be off. Raises ValueError for a level that is none.
    """
    area = auc(bins)
    negatives, positives = bins.negatives, bins.positives
    below = np.cumsum(negatives, axis=-1) - negatives / 2
    above = positives.sum(axis=-1, keepdims=True) - np.cumsum(positives, axis=-1) + positives / 2
    variance = _part(positives, below, negatives) + _part(negatives, above, positives)
    reach = quantile(level) * np.sqrt(variance) + area.error
    low, high = np.maximum(area.value - reach, 0.0), np.minimum(area.value + reach, 1.0)
    return Interval(low, high, level, "DeLong", _DELONG)


def _part(those: Floats, beaten: Floats, others: Floats) -> Floats:
    """One side's part of the variance: that of its placements by their number, NaN below two."""
    number = those.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        placed = beaten / others.sum(axis=-1, keepdims=True)
        mean = (those * placed).sum(axis=-1) / number
        spread = (those * (placed - mean[..., None]) ** 2).sum(axis=-1) / (number - 1)
        return np.asarray(np.where(number > 1, spread / number, np.nan))
