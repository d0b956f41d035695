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


def test_ties_rank_alike_and_nothing_ranks_nothing() -> None:
    told = quality.correlation(
        np.array([[1.0, 1, 1], [3, 1, 2]]), np.array([[1.0, 2, 3], [1, 2, 3]])
    )
    assert np.isnan(told[0])
    assert told[1] == pytest.approx(-0.5)
