from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from fairness.significance import adjusted, compare

SIDE = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=150, deadline=None)
@given(SIDE, SIDE)
def test_two_rates_are_compared_as_scipy_and_statsmodels_do(one: tuple, two: tuple) -> None:
    (x, n), (y, m) = one, two
    found = compare(x, n, y, m)
    if x + y in {0, n + m}:
        assert found.p == 1
        return
    table = np.array([[x, n - x], [y, m - y]])
    few = stats.contingency.expected_freq(table).min() < 5
    assert bool(found.exact) == few
    expected = stats.fisher_exact(table).pvalue if few else proportions_ztest([x, y], [n, m])[1]
    assert float(found.p) == pytest.approx(expected, abs=1e-12)


def test_few_of_many_are_compared_exactly_too() -> None:
    table = np.array([[7, 40], [90_000, 2_000_000]])
    found = compare(7, 47, 90_000, 2_090_000)
    assert found.exact
    assert float(found.p) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


def test_groups_without_trials_are_no_comparison() -> None:
    found = compare([3, 0, 50], [10, 0, 100], 30, 100)
    assert np.isnan(found.p).tolist() == [False, True, False]
    assert found.exact.tolist() == [True, False, False]


@pytest.mark.parametrize(("ours", "theirs"), [("holm", "holm"), ("benjamini-hochberg", "fdr_bh")])
@pytest.mark.parametrize("many", [1, 40])
def test_adjusted_as_statsmodels_does(ours: str, theirs: str, many: int) -> None:
    # Rounded, so that some are equal; statsmodels collects garbage at every call, so few calls.
    p = np.random.default_rng(many).beta(0.4, 2, many).round(2)
    assert adjusted(p, ours) == pytest.approx(multipletests(p, method=theirs)[1], abs=1e-12)


def test_what_was_not_tested_is_not_counted() -> None:
    p = np.array([[0.01, np.nan], [0.04, 0.2]])
    assert adjusted(p)[0, 0] == pytest.approx(0.03) and np.isnan(adjusted(p)[0, 1])
    assert np.isnan(adjusted([np.nan])).all()
    with pytest.raises(KeyError):
        adjusted([0.1], "bonferroni")
