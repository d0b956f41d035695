from __future__ import annotations

import numpy as np
import pytest

from fairness.counts import of_rows
from fairness.intervals.areas import delong
from fairness.scores.bins import Scale, ScoreBins
from fairness.scores.ranking import auc, exact_auc
from tests.fairness.cases import REAL, real


def binned(scores: np.ndarray, actual: np.ndarray, bins: int = 1000) -> ScoreBins:
    scale = Scale(bins=bins)
    return ScoreBins.of(
        of_rows({}, actual, actual, scores=scores, bins=scale.bin_of(scores)), scale=scale
    )


@pytest.mark.parametrize("name", REAL[:3])
def test_the_variance_is_delong_s_of_the_rows(name: str) -> None:
    """The definition, pair by pair, on scores cut to their bins so that nothing is lost."""
    made = real(name)
    scores = (np.floor(made.scores * 200) + 0.5) / 200
    up, down = scores[made.actual == 1][:800], scores[made.actual == 0][:800]
    wins = (up[:, None] > down) + 0.5 * (up[:, None] == down)
    error = np.sqrt(wins.mean(1).var(ddof=1) / len(up) + wins.mean(0).var(ddof=1) / len(down))
    bins = binned(np.append(up, down), np.repeat([1, 0], [len(up), len(down)]), 200)
    found, area = delong(bins), auc(bins)
    assert area.value[0] == pytest.approx(wins.mean(), abs=1e-12)
    assert found.width[0] == pytest.approx(2 * (1.959964 * error + area.error[0]), rel=1e-6)


def test_it_holds_the_truth_as_often_as_it_says() -> None:
    random, held = np.random.default_rng(1), 0
    big = random.beta(3, 2, 200_000), random.beta(2, 3, 200_000)
    truth = exact_auc(np.concatenate(big), np.repeat([1, 0], 200_000))
    for _ in range(300):
        scores = np.append(random.beta(3, 2, 80), random.beta(2, 3, 120))
        found = delong(binned(scores, np.repeat([1, 0], [80, 120])))
        held += bool(found.low[0] <= truth <= found.high[0])
    assert 0.91 <= held / 300 <= 0.99


def test_one_positive_has_no_interval() -> None:
    found = delong(binned(np.array([0.2, 0.4, 0.6]), np.array([0, 1, 0])))
    assert np.isnan(found.low[0])
