"""How scores are spread over groups: counts to draw, mean, deviation and quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fairness.counts import Floats
from fairness.scores.bins import ScoreBins

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Spread:
    """The scores of groups, labelled or not.

    number, mean, deviation: (groups,), exact from the sums; the deviation with number - 1.
    shares:  share of the group's scores per bin, (groups, bins).
    lower, upper: (groups, quantiles): the bin in which each quantile of ``asked`` surely lies (the
             smallest score that at least that share of the scores do not exceed).
    """

    number: Floats
    mean: Floats
    deviation: Floats
    shares: Floats
    asked: tuple[float, ...]
    lower: Floats
    upper: Floats


def exact_quantiles(
    scores: Floats, weights: Floats, quantiles: Sequence[float] = QUANTILES
) -> Floats:
    """From single decisions, (rows,) each: the smallest scores that so much is not above. Needs rows."""
    order = np.argsort(scores, kind="stable")
    upto = np.cumsum(weights[order])
    wanted = np.asarray(quantiles) * upto[-1] * (1 - 1e-12)
    return np.asarray(scores[order][np.searchsorted(upto, wanted)])


def spread(bins: ScoreBins, quantiles: Sequence[float] = QUANTILES) -> Spread:
    """Figures of groups without scores are NaN."""
    per_bin = bins.weight.sum(axis=-1)
    number = per_bin.sum(axis=-1)
    total, squares = bins.score.sum(axis=(-2, -1)), bins.squares.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / number
        deviation = np.sqrt(np.maximum(squares - total * mean, 0.0) / (number - 1))
        shares = per_bin / number[..., None]
    upto = np.cumsum(per_bin, axis=-1)
    # The first bin in which so many of the scores have been met; rounding must not go past it.
    wanted = np.asarray(quantiles)[:, None] * number[..., None, None]
    at = (upto[..., None, :] >= wanted * (1 - 1e-12)).argmax(axis=-1)
    edges, some = bins.scale.edges, (number > 0)[..., None]
    return Spread(
        number,
        np.asarray(mean),
        np.where(number > 1, deviation, np.nan),
        shares,
        tuple(quantiles),
        np.where(some, edges[at], np.nan),
        np.where(some, edges[at + 1], np.nan),
    )
