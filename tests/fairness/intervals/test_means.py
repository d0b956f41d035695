from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairness.counts import of_rows
from fairness.intervals.means import normal, of_rmse
from fairness.metrics.means import Errors, mean_score, single
from tests.fairness.cases import real


def test_a_mean_s_interval_is_the_normal_one() -> None:
    made = real("german")
    found = normal(mean_score(made.counts, "sex"))
    for at, level in enumerate(("female", "male")):
        scores = made.scores[made.segments["sex"] == level]
        expected = stats.norm.interval(0.95, scores.mean(), stats.sem(scores))
        assert [found.low[at], found.high[at]] == pytest.approx(expected)


def test_the_rmse_s_interval_holds_the_truth() -> None:
    random, held = np.random.default_rng(4), 0
    one = of_rows({}, [1], [1]).groups()
    for _ in range(400):
        truth = random.normal(size=200)
        predicted = truth + random.normal(0.3, 1.0, 200)
        sums = {
            name: column.sum(keepdims=True) for name, column in single(predicted, truth).items()
        }
        found = of_rmse(Errors.of(one, sums))
        held += bool(found.low[0] <= np.sqrt(1.09) <= found.high[0])
    assert 0.91 <= held / 400 <= 0.98


def test_one_value_has_no_interval() -> None:
    assert np.isnan(normal(mean_score(of_rows({}, [1], [1], scores=[0.4]))).low[0])
