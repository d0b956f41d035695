"""Distances of two distributions given as counts of the same bins or categories.

All are exact for the declared bins; what they may be off against the single values is stated with
each. Counts are (bins,) each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy  # its parts load at their first use: web processes and commands start without them

from fairness.counts import Floats
from fairness.cumulative import largest_gap

LEVEL: Final = 0.95
_EXPECTED: Final = 5


@dataclass(frozen=True)
class Psi:
    """Population stability index. critical: what it exceeds without any drift in 1 - LEVEL of all
    windows of these sizes; expected: its mean without drift. NaN where either side is empty."""

    value: float
    critical: float
    expected: float


def psi(reference: Floats, current: Floats) -> Psi:
    """Sum of (q - p) ln(q / p). An empty bin counts half a value of its own side.

    The customary bounds 0.1 and 0.25 mean nothing without the sample sizes n and m: without drift
    the index is distributed as chi-square of bins - 1 times 1/n + 1/m (Yurdakul and Naranjo 2020,
    Journal of Risk Model Validation 14(4)).
    """
    n, m = reference.sum(), current.sum()
    here = (reference > 0) | (current > 0)
    if not n or not m:
        return Psi(np.nan, np.nan, np.nan)
    p, q = (np.maximum(one[here], 0.5) / one.sum() for one in (reference, current))
    each, freedom = 1 / n + 1 / m, int(here.sum()) - 1
    critical = float(scipy.special.chdtri(freedom, 1 - LEVEL)) * each if freedom else 0.0
    return Psi(float(((q - p) * np.log(q / p)).sum()), critical, freedom * each)


@dataclass(frozen=True)
class Tested:
    """A statistic with its p-value; at_most: what it could be on the single values."""

    value: float
    p: float
    at_most: float


def kolmogorov_smirnov(reference: Floats, current: Floats) -> Tested:
    """The largest gap of the distribution functions, on bins in order, with the asymptotic p-value.

    The gap of the single values lies between value and at_most; p is of value, hence cautious.
    """
    n, m = reference.sum(), current.sum()
    if not n or not m:
        return Tested(np.nan, np.nan, np.nan)
    gap = largest_gap(reference, current)
    p = scipy.special.kolmogorov(float(gap.value) * np.sqrt(n * m / (n + m)))
    return Tested(float(gap.value), float(p), float(gap.at_most))


def chi_square(reference: Floats, current: Floats) -> Tested:
    """Pearson's test that both came from one distribution, without correction."""
    here = (reference > 0) | (current > 0)
    if here.sum() < 2 or not reference.sum() or not current.sum():
        return Tested(np.nan, np.nan, np.nan)
    table = np.stack([reference[here], current[here]])
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    value = float(((table - expected) ** 2 / expected).sum())
    return Tested(value, float(scipy.special.chdtrc(int(here.sum()) - 1, value)), value)


def steady(reference: Floats, current: Floats) -> float:
    """The p-value of no drift that alerts may rest on: Pearson's, with sparse bins put together.

    Bins in which fewer than 5 values are expected on either side become one, for there the
    statistic's tail is far heavier than chi-square's. NaN with fewer than two bins left.
    """
    n, m = reference.sum(), current.sum()
    if not n or not m:
        return float("nan")
    sparse = (reference + current) * min(n, m) / (n + m) < _EXPECTED
    old, new = (
        np.append(one[~sparse], one[sparse].sum() if sparse.any() else []).astype(float)
        for one in (reference, current)
    )
    return chi_square(old, new).p


@dataclass(frozen=True)
class Distance:
    """A distance. expected: its size without drift, about; error: how far it may be off."""

    value: float
    expected: float
    error: float


def jensen_shannon(reference: Floats, current: Floats) -> Distance:
    """The root of the divergence in bits, 0 to 1 (Endres and Schindelin 2003), of these bins.

    Of single values it would say only whether they are equal, so there is no error against them; but
    many bins of few values are apart without any drift: the divergence is then about
    (bins - 1)(1/n + 1/m) / (8 ln 2), the root of which is ``expected``.
    """
    n, m = reference.sum(), current.sum()
    if not n or not m:
        return Distance(np.nan, np.nan, np.nan)
    bins = int(((reference > 0) | (current > 0)).sum())
    expected = np.sqrt((bins - 1) * (1 / n + 1 / m) / (8 * np.log(2)))
    apart = scipy.spatial.distance.jensenshannon(reference / n, current / m, base=2)
    return Distance(float(np.nan_to_num(apart)), float(min(expected, 1.0)), 0.0)


def wasserstein(
    reference: Floats, current: Floats, at: Floats, other_at: Floats, widths: Floats
) -> Distance:
    """Earth mover's distance, in the feature's unit, with each bin's values at its mean.

    at, other_at: the means of the bins' values, any number where there are none; widths: of the
    bins, (bins,). Moving the values of a bin to their mean moves them by at most half its width on
    average, which bounds ``error``. ``expected`` is NaN: it depends on the distribution.
    """
    n, m = reference.sum(), current.sum()
    if not n or not m:
        return Distance(np.nan, np.nan, np.nan)
    value = scipy.stats.wasserstein_distance(at, other_at, reference, current)
    error = ((reference / n + current / m) * widths).sum() / 2
    return Distance(float(value), np.nan, float(error))
