from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from explain import quality


@given(st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=2, max_size=12))
def test_rank_correlation_is_spearmans(pairs: list[tuple[int, int]]) -> None:
    one, other = (np.abs(np.array(side, dtype=float)) for side in zip(*pairs, strict=True))
    found = quality.agreement(one[None, :], other[None, :]).spearman[0]
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)


def test_magnitudes_are_compared_and_leading_features_counted() -> None:
    values = np.array([[-5.0, 4, 3, -2, 1, 0], [1.0, 2, 3, 4, 5, 6]])
    lime = np.array([[5.0, -4, 3, 2, -1, 0], [6.0, 5, 4, 3, 2, 1]])
    told = quality.agreement(values, lime)
    assert told.spearman.tolist() == pytest.approx([1.0, -1.0])
    assert told.top_overlap.tolist() == [1.0, 0.5]


def test_few_features_overlap_wholly() -> None:
    told = quality.agreement(np.array([[1.0, 2.0]]), np.array([[2.0, 1.0]]))
    assert told.top_overlap.tolist() == [1.0]


@pytest.mark.parametrize(
    ("finding", "state", "words"),
    [
        (quality.additivity(1e-13), "good", "add up to the model's output (difference 1.0e-13)"),
        (quality.additivity(0.2), "warning", "miss the model's output by 2.0e-01"),
        (quality.additivity(1e-5, threshold=1e-4), "good", "add up"),
        (quality.additivity(float("nan")), "warning", "miss"),
        (quality.fidelity(0.8), "good", "80%"),
        (quality.fidelity(0.25), "warning", "only 25%"),
        (quality.fidelity(-1.0), "warning", "only 0%"),
        (quality.rank_agreement(0.31, 0.5), "shown", "2 of the 4 leading"),
        (quality.rank_agreement(float("nan"), 1.0), "shown", "ranks no feature"),
        (quality.faithfulness(0.5, 0.3), "good", "more than in random order"),
        (quality.faithfulness(0.3, 0.3), "warning", "no more than in random order"),
    ],
)
def test_findings(finding: quality.Finding, state: str, words: str) -> None:
    assert finding.state == state
    assert words in finding.words


def test_warnings_are_picked_out() -> None:
    poor = quality.additivity(1.0)
    assert quality.warnings([quality.fidelity(0.9), poor]) == (poor,)
