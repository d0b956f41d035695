"""Histograms of a feature: made once per window, compared with the reference as often as one likes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from fairness.counts import Floats, Integers

BINS: Final = 1000
DECILES: Final = 10


def reference_edges(values: ArrayLike, bins: int = BINS) -> Floats:
    """Rising edges for a feature: at the reference's quantiles, (bins + 1,) or fewer.

    Of no more different values than bins, each begins a bin of its own; the last one ends at the
    next number there is. Otherwise the first and last edge are the smallest and the largest value.
    Raises ValueError without values.
    """
    given = np.asarray(values, dtype=float)
    different = np.unique(given[~np.isnan(given)])
    if not len(different):
        raise ValueError("a reference needs values")
    if len(different) <= bins:
        return np.append(different, np.nextafter(different[-1], np.inf))
    return np.unique(np.nanquantile(given, np.linspace(0, 1, bins + 1)))


@dataclass(frozen=True)
class Histogram:
    """Values of a feature by the bins between ``edges`` (bins + 1,), rising.

    counts: (bins + 2,): first what lies below the edges, last what lies above. A bin holds its lower
            edge, the last one its upper edge too.
    sums:   of the values, likewise.
    missing: how many values there were not.
    Raises ValueError for edges that do not rise or columns of another length.
    """

    edges: Floats
    counts: Floats
    sums: Floats
    missing: float

    def __post_init__(self) -> None:
        if len(self.edges) < 2 or (np.diff(self.edges) <= 0).any():
            raise ValueError("edges must rise")
        if not len(self.counts) == len(self.sums) == len(self.edges) + 1:
            raise ValueError("counts and sums must be (bins + 2)")

    @classmethod
    def of(cls, values: ArrayLike, edges: Floats) -> Histogram:
        """Of single values, NaN where one is missing."""
        given = np.asarray(values, dtype=float)
        known = given[~np.isnan(given)]
        at = np.searchsorted(edges, known, side="right")
        at[known == edges[-1]] -= 1
        many = len(edges) + 1
        counts, sums = np.bincount(at, minlength=many), np.bincount(at, known, many)
        return cls(
            edges, counts.astype(float), np.asarray(sums, float), float(len(given) - len(known))
        )

    def __add__(self, other: Histogram) -> Histogram:
        """Of both windows. Raises ValueError for other edges."""
        self.must_match(other)
        return Histogram(
            self.edges,
            self.counts + other.counts,
            self.sums + other.sums,
            self.missing + other.missing,
        )

    def must_match(self, other: Histogram) -> None:
        """Raises ValueError unless both have the same edges: figures hold for declared bins only."""
        if not np.array_equal(self.edges, other.edges):
            raise ValueError("the histograms have different edges")

    @property
    def number(self) -> float:
        """How many values there were."""
        return float(self.counts.sum())

    @property
    def beyond(self) -> float:
        """How many of them lie outside the edges."""
        return float(self.counts[0] + self.counts[-1])


def tenths(reference: Histogram, parts: int = DECILES) -> Integers:
    """For every count (bins + 2,) the part of the reference it belongs to, 0 to parts - 1.

    A part ends with the bin in which its share of the reference is reached, so that parts are equal
    as far as equal values allow. What lies beyond the edges goes to the outermost parts.
    """
    upto = np.cumsum(reference.counts)
    # Half a count of grace, so that rounding does not carry a full part into the next bin.
    before = np.concatenate([[0.0], upto[:-1]]) + 0.5
    part = np.floor(before * parts / max(upto[-1], 1)).astype(np.int64)
    part = np.clip(part, 0, parts - 1)
    part[0], part[-1] = part[1], part[-2]
    return np.unique(part, return_inverse=True)[1]
