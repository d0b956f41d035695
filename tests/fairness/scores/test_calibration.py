from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from fairness.counts import ABSENT, of_rows
from fairness.scores.bins import Scale, ScoreBins
from fairness.scores.calibration import brier, calibration
from tests.fairness.cases import REAL, real


@pytest.mark.parametrize("name", REAL)
def test_brier_is_exact_per_group(name: str) -> None:
    made = real(name)
    by = next(iter(made.segments))
    counts = of_rows(
        made.segments,
        made.predicted,
        made.actual,
        scores=made.scores,
        bins=Scale().bin_of(made.scores),
    )
    bins = ScoreBins.of(counts, by)
    for at, (level,) in enumerate(bins.names):
        here = made.segments[by] == level
        expected = brier_score_loss(made.actual[here], made.scores[here], pos_label=1)
        assert brier(bins)[at] == pytest.approx(expected, abs=1e-12)


def test_the_table_equals_one_made_from_the_rows() -> None:
    made = real("health")
    actual = np.where(np.arange(len(made.actual)) % 7 == 0, ABSENT, made.actual)
    counts = of_rows(
        {}, made.predicted, actual, scores=made.scores, bins=Scale().bin_of(made.scores)
    )
    table = calibration(ScoreBins.of(counts))
    known = actual != ABSENT
    row = np.minimum((made.scores * 10).astype(int), 9)
    error = 0.0
    for at in range(10):
        here = known & (row == at)
        assert table.number[0, at] == here.sum()
        if not here.sum():
            assert np.isnan(table.rate[0, at])
            continue
        score, rate = made.scores[here].mean(), (actual[here] == 1).mean()
        assert table.score[0, at] == pytest.approx(score, abs=1e-12)
        assert table.rate[0, at] == pytest.approx(rate, abs=1e-12)
        error += here.sum() / known.sum() * abs(score - rate)
    assert table.error[0] == pytest.approx(error, abs=1e-12)
    assert table.edges == pytest.approx(np.arange(11) / 10)


def test_rows_that_do_not_divide_the_bins_are_refused() -> None:
    counts = of_rows({}, [1], [1], scores=[0.5], bins=[500])
    with pytest.raises(ValueError, match="divide"):
        calibration(ScoreBins.of(counts), 7)
