"""How well scores rank: the area under the ROC curve, and Kolmogorov and Smirnov's separation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairness.counts import Floats
from fairness.cumulative import Gap, largest_gap
from fairness.scores.bins import ScoreBins


@dataclass(frozen=True)
class Area:
    """AUC of groups, (groups,); NaN without positives or negatives.

    value: pairs in the same bin count one half. error: the exact AUC of the scores themselves lies
    within value ± error, whatever the order inside the bins (half the share of such pairs).
    """

    value: Floats
    error: Floats


def auc(bins: ScoreBins) -> Area:
    """The chance that a positive scores above a negative, ties one half (Mann and Whitney's U)."""
    negatives, positives = bins.negatives, bins.positives
    below = np.cumsum(negatives, axis=-1) - negatives
    pairs = negatives.sum(axis=-1) * positives.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (positives * (below + negatives / 2)).sum(axis=-1) / pairs
        error = (positives * negatives).sum(axis=-1) / 2 / pairs
    return Area(np.asarray(value), np.asarray(error))


def separation(bins: ScoreBins) -> Gap:
    """The largest gap between the scores of positives and of negatives, (groups,)."""
    return largest_gap(bins.negatives, bins.positives)


def exact_auc(scores: ArrayLike, actual: ArrayLike, weights: ArrayLike | None = None) -> float:
    """AUC from single decisions, (rows,) each, labels 0 and 1; NaN without either of them."""
    of_negatives, of_positives = _by_score(scores, actual, weights)
    pairs = of_positives.sum() * of_negatives.sum()
    if not pairs:
        return float("nan")
    below = np.cumsum(of_negatives) - of_negatives
    return float((of_positives * (below + of_negatives / 2)).sum() / pairs)


def exact_separation(
    scores: ArrayLike, actual: ArrayLike, weights: ArrayLike | None = None
) -> float:
    """The largest gap from single decisions, likewise."""
    return float(largest_gap(*_by_score(scores, actual, weights)).value)


def _by_score(
    scores: ArrayLike, actual: ArrayLike, weights: ArrayLike | None
) -> tuple[Floats, Floats]:
    """Negatives and positives of each different score, in order of scores."""
    given, positive = np.asarray(scores, dtype=float), np.asarray(actual) == 1
    weight = np.ones(len(given)) if weights is None else np.asarray(weights, dtype=float)
    values, at = np.unique(given, return_inverse=True)
    of_negatives, of_positives = (
        np.bincount(at[which], weight[which], len(values)).astype(float)
        for which in (~positive, positive)
    )
    return of_negatives, of_positives
