from __future__ import annotations

import numpy as np
import pytest

from fairness.counts import of_rows
from fairness.scores.bins import Scale, ScoreBins
from fairness.scores.spread import QUANTILES, spread
from tests.fairness.cases import REAL, real


@pytest.mark.parametrize("name", REAL)
def test_moments_are_exact_and_quantiles_lie_in_their_bins(name: str) -> None:
    made = real(name)
    by = next(iter(made.segments))
    counts = of_rows(
        made.segments,
        made.predicted,
        made.actual,
        scores=made.scores,
        bins=Scale().bin_of(made.scores),
    )
    found = spread(ScoreBins.of(counts, by))
    for at, level in enumerate(counts.levels[0]):
        scores = made.scores[made.segments[by] == level]
        assert found.number[at] == len(scores)
        assert found.mean[at] == pytest.approx(scores.mean(), abs=1e-12)
        assert found.deviation[at] == pytest.approx(scores.std(ddof=1), abs=1e-9)
        exact = np.quantile(scores, QUANTILES, method="inverted_cdf")
        assert (found.lower[at] <= exact + 1e-12).all() and (exact <= found.upper[at] + 1e-12).all()
        assert np.allclose(found.upper[at] - found.lower[at], 1e-3)
        assert found.shares[at].sum() == pytest.approx(1)


def test_no_scores_no_spread() -> None:
    counts = of_rows({"a": ["x", "y"]}, [1, 1], [1, 1], scores=[0.5, np.nan], bins=[500, -1])
    found = spread(ScoreBins.of(counts, "a"))
    assert found.number.tolist() == [1, 0]
    assert np.isnan([found.mean[1], found.lower[1, 0], found.deviation[0]]).all()
