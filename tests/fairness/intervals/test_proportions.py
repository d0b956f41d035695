from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from fairness.intervals.contract import quantile
from fairness.intervals.proportions import katz, newcombe, wilson

SIDE = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVEL = st.sampled_from([0.8, 0.95, 0.99])


@settings(max_examples=150, deadline=None)
@given(SIDE, LEVEL)
def test_wilson_is_statsmodels_s(side: tuple, level: float) -> None:
    found = wilson(*side, level)
    expected = proportion_confint(*side, alpha=1 - level, method="wilson")
    assert [float(found.low), float(found.high)] == pytest.approx(list(expected), abs=1e-12)
    assert 0 <= found.low <= side[0] / side[1] <= found.high <= 1


@settings(max_examples=150, deadline=None)
@given(SIDE, SIDE, LEVEL)
def test_newcombe_is_statsmodels_s(one: tuple, two: tuple, level: float) -> None:
    found = newcombe(*one, *two, level)
    expected = confint_proportions_2indep(
        *one, *two, method="newcomb", compare="diff", alpha=1 - level
    )
    assert [float(found.low), float(found.high)] == pytest.approx(list(expected), abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(SIDE, SIDE, LEVEL)
def test_katz_is_statsmodels_s_where_both_have_hits(one: tuple, two: tuple, level: float) -> None:
    found = katz(*one, *two, level)
    if one[0] and two[0]:
        expected = confint_proportions_2indep(
            *one, *two, method="log", compare="ratio", alpha=1 - level
        )
        assert [float(found.low), float(found.high)] == pytest.approx(list(expected), rel=1e-9)
    assert (found.low == 0) == (one[0] == 0)
    assert np.isinf(found.high) == (two[0] == 0)
    assert not one[0] or not two[0] or found.low <= one[0] / one[1] / (two[0] / two[1])


def test_nothing_has_no_interval() -> None:
    assert np.isnan(wilson([0, 5], [0, 10]).low).tolist() == [True, False]
    assert np.isnan(newcombe(0, 0, 5, 10).low) and np.isnan(katz(5, 10, 0, 0).high)
    with pytest.raises(ValueError, match="level"):
        quantile(1.0)


def test_the_reference_has_no_interval_of_its_ratio() -> None:
    hits, trials = np.array([40.0, 30.0]), np.array([80.0, 90.0])
    found = katz(hits, trials, hits[0], trials[0]).without(np.array([True, False]))
    assert np.isnan(found.low).tolist() == [True, False]
    assert found.width[1] > 0 and "Katz" in found.method and "Biometrics" in found.source


def test_wilson_keeps_its_promise_where_wald_breaks_it() -> None:
    """n = 30, p = 0.1: the exact coverage, summed over every number of hits."""
    from scipy.stats import binom

    hits = np.arange(31)
    found = wilson(hits, np.full(31, 30))
    covered = (found.low <= 0.1) & (found.high >= 0.1)
    assert binom.pmf(hits, 30, 0.1)[covered].sum() == pytest.approx(0.974, abs=2e-3)
