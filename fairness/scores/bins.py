"""Score bins: per group and bin how many decisions of which true label, with sums of their scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from fairness.counts import ABSENT, Counts, Floats, Integers

BINS: Final = 1000


@dataclass(frozen=True)
class Scale:
    """Equal bins from ``low`` to ``high``; the last one holds its upper edge too."""

    low: float = 0.0
    high: float = 1.0
    bins: int = BINS

    def __post_init__(self) -> None:
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise ValueError("a scale needs two finite ends, the lower one first")
        if self.bins < 1:
            raise ValueError("a scale needs bins")

    @property
    def edges(self) -> Floats:
        """(bins + 1,)"""
        return np.linspace(self.low, self.high, self.bins + 1)

    def bin_of(self, scores: ArrayLike) -> Integers:
        """Each score's bin; ABSENT for NaN. Raises ValueError for a score beyond the scale."""
        given = np.asarray(scores, dtype=float)
        here = ~np.isnan(given)
        if ((given[here] < self.low) | (given[here] > self.high)).any():
            raise ValueError(f"a score lies beyond {self.low} to {self.high}")
        share = (np.where(here, given, self.low) - self.low) / (self.high - self.low)
        at = np.minimum((share * self.bins).astype(np.int64), self.bins - 1)
        return np.where(here, at, ABSENT)


@dataclass(frozen=True)
class ScoreBins:
    """Scored decisions of groups. The arrays are (groups, bins, 3): true label unknown, 0, 1.

    weight: how many; score, squares: sums of their scores and of the squares.
    """

    names: tuple[tuple[str, ...], ...]
    scale: Scale
    weight: Floats
    score: Floats
    squares: Floats

    @classmethod
    def of(cls, counts: Counts, *by: str, scale: Scale | None = None) -> ScoreBins:
        """Of the cells that have a bin, by these attributes or of everybody together.

        ``scale`` is the one the bins were made with; 1,000 bins from 0 to 1 unless given.
        Raises KeyError for an unknown attribute, ValueError for a bin the scale does not have.
        """
        scale = scale or Scale()
        scored = counts.keep(counts.bin != ABSENT)
        if len(scored) and scored.bin.max() >= scale.bins:
            raise ValueError("the cells have bins that the scale has not")
        groups = scored.groups(*by)
        shape = (len(groups.names), scale.bins, 3)
        at = (groups.of_cell * scale.bins + scored.bin) * 3 + scored.actual + 1
        weight, score, squares = (
            np.asarray(np.bincount(at, column, int(np.prod(shape))), float).reshape(shape)
            for column in (scored.weight, scored.score, scored.score_squares)
        )
        return cls(groups.names, scale, weight, score, squares)

    @property
    def negatives(self) -> Floats:
        """(groups, bins)"""
        return self.weight[..., 1]

    @property
    def positives(self) -> Floats:
        """(groups, bins)"""
        return self.weight[..., 2]

    @property
    def known(self) -> Floats:
        """How many scored decisions have a true label, (groups,)."""
        return np.asarray(self.weight[..., 1:].sum(axis=(-2, -1)))
