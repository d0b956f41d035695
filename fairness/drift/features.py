"""All that is said of a feature's drift: numbers by histograms, categories by counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fairness.counts import Floats
from fairness.drift.distances import (
    Distance,
    Psi,
    Tested,
    chi_square,
    jensen_shannon,
    kolmogorov_smirnov,
    psi,
    steady,
    wasserstein,
)
from fairness.drift.histograms import Histogram, tenths
from fairness.intervals.contract import Interval
from fairness.intervals.proportions import wilson
from fairness.significance import compare


@dataclass(frozen=True)
class Share:
    """A share in the window, with its Wilson interval, the reference's, and the p-value of equal ones."""

    value: float
    interval: Interval
    reference: float
    p: float


@dataclass(frozen=True)
class NumericDrift:
    """psi, chi_square and jensen_shannon: on the reference's deciles, as so many bins of few values are
    apart without any drift; ks, wasserstein: on all bins.

    missing: of all rows; beyond: of the values, outside the reference's smallest and largest. Where
    there are such, the error of ``wasserstein`` leaves the spread among them out.
    number, reference_number: values on either side. p: of no drift (distances.steady).
    """

    number: float
    reference_number: float
    p: float
    psi: Psi
    chi_square: Tested
    ks: Tested
    jensen_shannon: Distance
    wasserstein: Distance
    missing: Share
    beyond: Share


def numeric_drift(reference: Histogram, current: Histogram) -> NumericDrift:
    """Raises ValueError for histograms with different edges. Figures without values are NaN."""
    reference.must_match(current)
    part = tenths(reference)
    old, new = (np.bincount(part, one.counts).astype(float) for one in (reference, current))
    widths = np.concatenate([[0.0], np.diff(reference.edges), [0.0]])
    return NumericDrift(
        current.number,
        reference.number,
        steady(old, new),
        psi(old, new),
        chi_square(old, new),
        kolmogorov_smirnov(reference.counts, current.counts),
        jensen_shannon(old, new),
        wasserstein(reference.counts, current.counts, _means(reference), _means(current), widths),
        _share(current.missing, current.number, reference.missing, reference.number),
        _share(
            current.beyond,
            current.number - current.beyond,
            reference.beyond,
            reference.number - reference.beyond,
        ),
    )


@dataclass(frozen=True)
class CategoricalDrift:
    """psi, chi_square, jensen_shannon: over all categories met on either side.

    unseen: categories the reference has not, with their counts, most frequent first; unseen_share: of
    the values. gone: categories of the reference that the window has not, by name. p: of no drift
    (distances.steady).
    """

    number: float
    reference_number: float
    p: float
    psi: Psi
    chi_square: Tested
    jensen_shannon: Distance
    missing: Share
    unseen: tuple[tuple[str, float], ...]
    unseen_share: Share
    gone: tuple[str, ...]


def categorical_drift(
    reference: Mapping[str, float],
    current: Mapping[str, float],
    *,
    missing: float = 0.0,
    reference_missing: float = 0.0,
) -> CategoricalDrift:
    """Of counts per category; how many values were missing on either side stands beside them."""
    names = sorted({*reference, *current})
    old, new = (np.array([one.get(name, 0.0) for name in names]) for one in (reference, current))
    strange = [(name, float(current[name])) for name in names if _lacks(reference, name, current)]
    count = sum(number for _, number in strange)
    return CategoricalDrift(
        float(new.sum()),
        float(old.sum()),
        steady(old, new),
        psi(old, new),
        chi_square(old, new),
        jensen_shannon(old, new),
        _share(missing, float(new.sum()), reference_missing, float(old.sum())),
        tuple(sorted(strange, key=lambda one: (-one[1], one[0]))),
        _share(count, float(new.sum()) - count, 0.0, float(old.sum())),
        tuple(name for name in names if _lacks(current, name, reference)),
    )


def _lacks(one: Mapping[str, float], name: str, other: Mapping[str, float]) -> bool:
    return not one.get(name) and bool(other.get(name))


def _share(those: float, rest: float, old_those: float, old_rest: float) -> Share:
    number, old_number = those + rest, old_those + old_rest
    return Share(
        those / number if number else float("nan"),
        wilson(those, number),
        old_those / old_number if old_number else float("nan"),
        float(compare(those, number, old_those, old_number).p),
    )


def _means(histogram: Histogram) -> Floats:
    counts = histogram.counts
    return np.asarray(
        np.divide(histogram.sums, counts, out=np.zeros_like(counts), where=counts > 0)
    )
