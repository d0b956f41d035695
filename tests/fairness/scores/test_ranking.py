from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss, roc_auc_score

from fairness.counts import of_rows
from fairness.scores.bins import Scale, ScoreBins
from fairness.scores.calibration import exact_brier
from fairness.scores.ranking import auc, exact_auc, exact_separation, separation
from tests.fairness.cases import REAL, Decisions, generated, real


def binned(made: Decisions, bins: int = 1000) -> ScoreBins:
    scale = Scale(bins=bins)
    counts = of_rows(
        {}, made.predicted, made.actual, scores=made.scores, bins=scale.bin_of(made.scores)
    )
    return ScoreBins.of(counts, scale=scale)


@pytest.mark.parametrize("name", [*REAL, "generated"])
@pytest.mark.parametrize("bins", [20, 1000])
def test_the_exact_area_lies_within_the_stated_error(name: str, bins: int) -> None:
    made = real(name) if name in REAL else generated(20_000)
    area = auc(binned(made, bins))
    exact = roc_auc_score(made.actual, made.scores)
    assert exact_auc(made.scores, made.actual) == pytest.approx(exact, abs=1e-12)
    assert abs(area.value[0] - exact) <= area.error[0] + 1e-12
    assert bins == 20 or area.error[0] < 0.02  # marriages are told by few distinct answers


@pytest.mark.parametrize("name", REAL)
def test_single_decisions_with_weights_are_as_scikit_learn_has_them(name: str) -> None:
    made = real(name)
    weights = np.random.default_rng(1).random(len(made.scores))
    exact = roc_auc_score(made.actual, made.scores, sample_weight=weights)
    assert exact_auc(made.scores, made.actual, weights) == pytest.approx(exact, abs=1e-12)
    of = brier_score_loss(made.actual, made.scores, sample_weight=weights)
    assert exact_brier(made.scores, made.actual, weights) == pytest.approx(of, abs=1e-12)
    apart = stats.ks_2samp(made.scores[made.actual == 0], made.scores[made.actual == 1]).statistic
    assert exact_separation(made.scores, made.actual) == pytest.approx(apart, abs=1e-12)


ROWS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1)), min_size=2, max_size=30)


@settings(max_examples=80, deadline=None)
@given(ROWS)
def test_few_scores_in_few_bins_stay_within_the_error(rows: list) -> None:
    scores = np.array([row[0] for row in rows]) / 40
    actual = np.array([row[1] for row in rows])
    made = Decisions({}, actual, actual, scores)
    area, exact = auc(binned(made, 4)), exact_auc(scores, actual)
    if np.isnan(exact):
        assert np.isnan(area.value[0])
        return
    assert exact == pytest.approx(roc_auc_score(actual, scores), abs=1e-12)
    assert abs(area.value[0] - exact) <= area.error[0] + 1e-12


@pytest.mark.parametrize("name", REAL)
def test_separation_is_scipy_s_within_its_bounds(name: str) -> None:
    made = real(name)
    gap = separation(binned(made))
    exact = stats.ks_2samp(made.scores[made.actual == 1], made.scores[made.actual == 0]).statistic
    assert gap.value[0] <= exact + 1e-12
    assert exact <= gap.at_most[0] + 1e-12
    assert gap.at_most[0] - gap.value[0] < 0.05
