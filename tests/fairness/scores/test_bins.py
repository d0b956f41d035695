from __future__ import annotations

import numpy as np
import pytest

from fairness.counts import ABSENT, of_rows
from fairness.scores.bins import Scale, ScoreBins
from tests.fairness.cases import real


def test_scores_fall_between_the_edges_of_their_bin() -> None:
    scale = Scale(-2.0, 3.0, 50)
    scores = np.random.default_rng(0).uniform(-2, 3, 1000)
    at = scale.bin_of([*scores, -2.0, 3.0, np.nan])
    assert at[-3:].tolist() == [0, 49, ABSENT]
    assert (scale.edges[at[:-3]] <= scores + 1e-12).all()
    assert (scores <= scale.edges[at[:-3] + 1] + 1e-12).all()


def test_bins_hold_all_that_is_scored() -> None:
    made = real("election")
    counts = of_rows(
        made.segments,
        made.predicted,
        made.actual,
        scores=made.scores,
        bins=Scale().bin_of(made.scores),
    )
    bins = ScoreBins.of(counts, "age")
    assert bins.names == tuple((level,) for level in sorted(set(made.segments["age"])))
    for at, (level,) in enumerate(bins.names):
        here = made.segments["age"] == level
        assert bins.weight[at].sum() == here.sum()
        assert bins.positives[at].sum() == made.actual[here].sum()
        assert bins.negatives[at].sum() == (1 - made.actual[here]).sum()
        assert bins.score[at].sum() == pytest.approx(made.scores[here].sum(), abs=1e-10)
        assert bins.squares[at].sum() == pytest.approx((made.scores[here] ** 2).sum(), abs=1e-10)
    assert bins.known.sum() == len(made.scores)
    with pytest.raises(ValueError, match="has not"):
        ScoreBins.of(counts, scale=Scale(bins=10))


@pytest.mark.parametrize("wrong", [{"low": 1.0}, {"low": float("-inf")}, {"bins": 0}])
def test_a_scale_that_is_none_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="a scale needs"):
        Scale(**wrong)
    with pytest.raises(ValueError, match="beyond"):
        Scale().bin_of([1.2])
