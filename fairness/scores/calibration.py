"""Do scores mean what they say? Brier score, calibration table and expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from fairness.counts import Floats, Integers
from fairness.scores.bins import ScoreBins

TABLE: Final = 10


@dataclass(frozen=True)
class Calibration:
    """A calibration table of groups. The arrays are (groups, rows) but for ``edges`` (rows + 1,).

    number: scored decisions with a true label; score: their mean score; positives: how many of them
    are positive; rate: positives / number. NaN in rows without decisions.
    """

    edges: Floats
    number: Floats
    positives: Floats
    score: Floats
    rate: Floats

    @property
    def error(self) -> Floats:
        """Expected calibration error of these rows, (groups,): the mean of |score - rate| by number
        (Naeini, Cooper and Hauskrecht 2015). Exact for these bins; NaN without decisions."""
        apart = np.where(self.number > 0, np.abs(self.score - self.rate), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((apart * self.number).sum(axis=-1) / self.number.sum(axis=-1))


def brier(bins: ScoreBins) -> Floats:
    """Mean (score - label)² of decisions with a true label, (groups,): exact, as the sums are."""
    squares, of_positives = (
        bins.squares[..., 1:].sum(axis=(-2, -1)),
        bins.score[..., 2].sum(axis=-1),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        total = squares - 2 * of_positives + bins.positives.sum(axis=-1)
        return np.asarray(total / bins.known)


def exact_brier(scores: Floats, actual: Integers, weights: Floats) -> float:
    """The same from single decisions with labels 0 and 1, (rows,) each; NaN without any."""
    total = weights.sum()
    return float((weights * (scores - actual) ** 2).sum() / total) if total else float("nan")


def calibration(bins: ScoreBins, rows: int = TABLE) -> Calibration:
    """The table with so many equal rows. Raises ValueError unless they divide the bins."""
    if rows < 1 or bins.scale.bins % rows:
        raise ValueError("the table's rows must divide the bins")
    together = bins.scale.bins // rows
    shape = (*bins.weight.shape[:-2], rows, together)
    number = bins.weight[..., 1:].sum(axis=-1).reshape(shape).sum(axis=-1)
    positives = bins.positives.reshape(shape).sum(axis=-1)
    score = bins.score[..., 1:].sum(axis=-1).reshape(shape).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Calibration(
            bins.scale.edges[::together], number, positives, score / number, positives / number
        )
