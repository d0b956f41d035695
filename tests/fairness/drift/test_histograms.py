from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairness.drift.histograms import Histogram, reference_edges, tenths

VALUES = st.lists(st.one_of(st.integers(-40, 40), st.just(float("nan"))), max_size=30)


@settings(max_examples=80, deadline=None)
@given(VALUES, st.lists(st.integers(-30, 30), min_size=2, max_size=6, unique=True))
def test_every_value_is_counted_once_between_its_edges(values: list, edges: list) -> None:
    borders = np.sort(np.array(edges, dtype=float))
    found = Histogram.of(values, borders)
    known = [value for value in values if value == value]
    assert found.number + found.missing == len(values)
    assert found.counts[1:-1].tolist() == np.histogram(known, borders)[0].tolist()
    assert found.counts[0] == sum(value < borders[0] for value in known)
    assert found.counts[-1] == sum(value > borders[-1] for value in known)
    assert found.sums.sum() == pytest.approx(sum(known))


@settings(max_examples=50, deadline=None)
@given(VALUES, VALUES)
def test_two_windows_added_are_one(one: list, two: list) -> None:
    edges = np.array([-20.0, 0.0, 3.0, 20.0])
    both, together = (
        Histogram.of(one, edges) + Histogram.of(two, edges),
        Histogram.of(one + two, edges),
    )
    assert both.counts.tolist() == together.counts.tolist() and both.missing == together.missing
    with pytest.raises(ValueError, match="different edges"):
        both + Histogram.of(one, edges[:3])


def test_tenths_of_many_different_values_are_deciles() -> None:
    values = np.random.default_rng(0).normal(size=20_000)
    histogram = Histogram.of(values, reference_edges(values))
    assert len(histogram.edges) == 1001
    part = tenths(histogram)
    assert np.bincount(part, histogram.counts).tolist() == pytest.approx([2000] * 10, abs=1)
    borders = histogram.edges[1:][np.flatnonzero(np.diff(part[1:-1]))]
    assert borders == pytest.approx(np.quantile(values, np.arange(1, 10) / 10), abs=1e-9)


def test_equal_values_are_never_parted() -> None:
    values = np.repeat([1.0, 2.0, 3.0], [70, 20, 10])
    histogram = Histogram.of(values, reference_edges(values))
    sizes = np.bincount(tenths(histogram), histogram.counts)
    assert sorted(sizes.tolist()) == [10.0, 20.0, 70.0]
    constant = Histogram.of([5.0] * 4, reference_edges([5.0] * 4))
    assert constant.number == 4 and constant.beyond == 0
    assert np.bincount(tenths(constant), constant.counts).tolist() == [4]


def test_what_is_no_histogram_is_refused() -> None:
    with pytest.raises(ValueError, match="rise"):
        Histogram.of([1.0], np.array([1.0, 1.0]))
    with pytest.raises(ValueError, match="bins"):
        Histogram(np.array([0.0, 1.0]), np.zeros(2), np.zeros(2), 0)
    with pytest.raises(ValueError, match="needs values"):
        reference_edges([float("nan")])
