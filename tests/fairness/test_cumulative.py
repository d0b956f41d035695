from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fairness.cumulative import largest_gap

VALUES = st.lists(st.integers(0, 63).map(lambda one: one / 64), min_size=1, max_size=30)


@settings(max_examples=80, deadline=None)
@given(VALUES, VALUES, st.sampled_from([1, 2, 4, 16, 64]))
def test_the_true_gap_lies_between_both_figures(one: list, two: list, bins: int) -> None:
    edges = np.linspace(0, 1, bins + 1)
    gap = largest_gap(
        np.histogram(one, edges)[0].astype(float), np.histogram(two, edges)[0].astype(float)
    )
    true = stats.ks_2samp(one, two).statistic
    assert gap.value <= true + 1e-12
    assert true <= gap.at_most + 1e-12
    if bins == 64:  # a bin for each value: nothing is hidden in it
        assert abs(gap.value - true) < 1e-12


def test_nothing_has_no_gap() -> None:
    gap = largest_gap(np.array([[0.0, 0], [1, 1]]), np.array([[1.0, 1], [1, 0]]))
    assert np.isnan(gap.value[0]) and gap.value[1] == 0.5
