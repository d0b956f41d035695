from __future__ import annotations

import warnings

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st

from fairness.metrics.disparities import (
    FOUR_FIFTHS,
    NAMES,
    difference,
    disparities,
    ratio,
)
from fairness.metrics.rates import Confusion
from tests.fairness.cases import REAL, Decisions, generated, real


def fairlearn_says(made: Decisions, by: list[str], name: str, **options: str) -> float:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore")
        return float(
            getattr(fairlearn, name)(
                made.actual, made.predicted, sensitive_features=made.frame[by], **options
            )
        )


@pytest.mark.parametrize(
    ("name", "method"),
    [
        *((name, "between_groups") for name in REAL),
        ("german", "to_overall"),
        ("made", "to_overall"),
    ],
)
def test_disparities_equal_fairlearn_on_the_rows_to_the_last_bit(name: str, method: str) -> None:
    made = real(name) if name in REAL else generated(3000, levels=(2, 3))
    by = list(made.segments)[: 1 if name in {"health", "marriages"} else 2]
    found = disparities(Confusion.of(made.counts, *by), method=method)
    for disparity in NAMES:
        assert float(getattr(found, disparity)) == fairlearn_says(
            made, by, disparity, method=method
        )


def test_the_mean_of_odds_is_fairlearn_s() -> None:
    made = real("election")
    found = disparities(Confusion.of(made.counts, "education"), agg="mean")
    for disparity in ("equalized_odds_difference", "equalized_odds_ratio"):
        expected = fairlearn_says(made, ["education"], disparity, agg="mean")
        assert float(getattr(found, disparity)) == expected


LABELS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=12
)


@settings(max_examples=12, deadline=None)
@given(LABELS)
def test_few_decisions_give_fairlearn_s_figures_and_nans(rows: list) -> None:
    """One group, groups without positives, nobody selected: 0/0 stays NaN where Fairlearn's does."""
    group, predicted, actual = (np.array(column) for column in zip(*rows, strict=True))
    made = Decisions({"g": group}, predicted, actual, np.zeros(len(rows)))
    found = disparities(Confusion.of(made.counts, "g"))
    for disparity in NAMES:
        expected = fairlearn_says(made, ["g"], disparity)
        assert np.array_equal(float(getattr(found, disparity)), expected, equal_nan=True), disparity


def test_undefined_rates_may_be_left_out_instead_of_taken_for_0() -> None:
    """Group b has no positives: Fairlearn's recall 0 makes a difference of 1 out of nothing."""
    made = Decisions(
        {"g": np.array(list("aabb"))}, np.array([1, 1, 0, 1]), np.array([1, 1, 0, 0]), np.zeros(4)
    )
    confusion = Confusion.of(made.counts, "g")
    assert disparities(confusion).equal_opportunity_difference == 1
    assert disparities(confusion, only_defined=True).equal_opportunity_difference == 0


def test_replicates_are_computed_as_estimates_are() -> None:
    values = np.array([[0.5, 0.4, np.nan], [0.2, 0.8, 0.6]])
    assert difference(values).tolist() == [0.5 - 0.4, 0.8 - 0.2]
    assert ratio(values).tolist() == [0.8, 0.25]
    assert difference(values, np.array([0.45, 0.5])).tolist() == pytest.approx([0.05, 0.3])


def test_the_four_fifths_ratio_of_a_published_log() -> None:
    """KServe's German Credit log: by age 5 of 11 and 67 of 67, by sex 22 of 28 and 50 of 50."""
    assert ratio(np.array([5 / 11, 1.0])) == pytest.approx(0.4545, abs=5e-5)
    assert ratio(np.array([22 / 28, 1.0])) == pytest.approx(0.7857, abs=5e-5)
    assert FOUR_FIFTHS == 4 / 5
