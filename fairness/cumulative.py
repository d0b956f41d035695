"""The largest gap between two distributions of which only counts per bin are known. Imports numpy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairness.counts import Floats


@dataclass(frozen=True)
class Gap:
    """Kolmogorov and Smirnov's largest distance of two distribution functions, (...).

    value:   the largest one at the bins' edges; the true one is never smaller.
    at_most: what the true one cannot exceed, wherever in their bins the values lie.
    """

    value: Floats
    at_most: Floats


def largest_gap(one: Floats, two: Floats) -> Gap:
    """Of counts per bin, (..., bins) each; NaN where either holds nothing.

    Inside a bin both functions lie between their values at its edges, so that they cannot differ by
    more than the upper edge of the one and the lower edge of the other.
    """
    first, second = _shares(one), _shares(two)
    with np.errstate(invalid="ignore"):
        at_edges = np.abs(first - second).max(axis=-1)
        inside = np.maximum(first - _before(second), second - _before(first)).max(axis=-1)
    return Gap(np.asarray(at_edges), np.asarray(np.minimum(inside, 1.0)))


def _shares(counts: Floats) -> Floats:
    upto = np.cumsum(counts, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(upto / upto[..., -1:])


def _before(shares: Floats) -> Floats:
    return np.concatenate([np.zeros_like(shares[..., :1]), shares[..., :-1]], axis=-1)
