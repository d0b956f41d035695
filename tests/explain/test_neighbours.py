"""Distances, checked against their definitions row by row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.datasets import load_wine

from explain.neighbours import Coder, by_explanation, by_features, nearest


def test_by_explanation_is_euclid() -> None:
    rows = load_wine().data
    for at in (0, 77):
        expected = cdist(rows, rows[at : at + 1])[:, 0]
        assert by_explanation(rows, rows[at]) == pytest.approx(expected, abs=1e-9)


def test_by_features_is_gower() -> None:
    numeric = [True, True, False]
    rows = np.array([[0.0, 1.0, 0], [10.0, np.nan, 0], [5.0, np.nan, 1], [5.0, 1.0, 1]])
    low, high = np.quantile([0, 10, 5, 5], [0.05, 0.95])
    share = min(5 / (high - low), 1)
    assert by_features(rows, rows[2], numeric) == pytest.approx(
        [(share + 1 + 1) / 3, (share + 0 + 1) / 3, 0, (0 + 1 + 0) / 3]
    )


@given(st.lists(st.lists(st.floats(-9, 9), min_size=3, max_size=3), min_size=2, max_size=20))
def test_nothing_is_nearer_than_itself(drawn: list[list[float]]) -> None:
    rows = np.array(drawn)
    for distances in (
        by_explanation(rows, rows[0]),
        by_features(rows, rows[0], [True, True, False]),
    ):
        assert distances[0] == 0
        assert (distances >= 0).all()
        assert nearest(distances, 1)[0] == int(np.flatnonzero(distances == 0)[0])


def test_equal_ones_in_their_order() -> None:
    assert nearest(np.array([2.0, 1.0, 1.0, 0.5, 1.0]), 4) == [3, 1, 2, 4]


def test_classes_are_equal_to_themselves_only() -> None:
    coder = Coder(["n", "c", "d"], [True, False, False])
    one = coder.encode({"n": 1, "c": "x", "d": "x"})
    other = coder.encode({"n": "?", "c": "y", "d": None})
    assert coder.encode({"n": 1.0, "c": "x", "d": "x"}) == one
    assert one[1] != one[2]
    assert np.isnan(other[0]) and np.isnan(other[2])
    assert other[1] not in one
