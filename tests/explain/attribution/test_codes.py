"""Codes compare exactly as the numbers do."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explain.attribution.codes import BinCodes
from explain.attribution.trees import Forest, Tree

NUMBERS = st.floats(allow_nan=False, width=64)


def stumps(thresholds: list[float], narrow: bool = False) -> Forest:
    ends = np.array([1, -1, -1]), np.array([2, -1, -1]), np.array([0, -2, -2])
    missing, value = np.zeros(3, dtype=bool), np.zeros(3)
    trees = (Tree(*ends, np.array([t, -2.0, -2.0]), missing, value) for t in thresholds)
    return Forest(tuple(trees), "log-odds", narrow)


@given(thresholds=st.lists(NUMBERS, min_size=1, max_size=20), values=st.lists(NUMBERS, min_size=1))
def test_codes_compare_as_the_numbers_do(thresholds: list[float], values: list[float]) -> None:
    codes = BinCodes.of(stumps(thresholds), 1)
    coded = codes.encode(np.array(values)[:, None])[0].astype(int)
    limits = codes.of_thresholds(np.zeros(len(thresholds), dtype=int), np.array(thresholds))
    wanted = np.array(values)[:, None] <= np.array(thresholds)[None, :]
    assert np.array_equal(coded[:, None] <= limits.astype(int)[None, :], wanted)


def test_a_missing_value_is_above_every_threshold() -> None:
    codes = BinCodes.of(stumps([1.0, np.inf]), 2)
    coded = codes.encode(np.array([[np.nan, 1.0], [np.inf, np.nan]]))
    assert coded.tolist() == [[codes.missing, 1], [0, codes.missing]]


def test_inputs_are_narrowed_where_the_model_narrows_them() -> None:
    just_above = np.array([[1.0 + 1e-12]])
    assert BinCodes.of(stumps([1.0]), 1).encode(just_above).tolist() == [[1]]
    assert BinCodes.of(stumps([1.0], narrow=True), 1).encode(just_above).tolist() == [[0]]


def test_many_thresholds_take_wider_codes() -> None:
    assert BinCodes.of(stumps([float(n) for n in range(300)]), 1).dtype is np.uint16
    tree = stumps([0.0]).trees[0]
    count = 70_000
    chain = Tree(
        np.full(count, 1), np.full(count, 1), np.zeros(count, int), np.arange(float(count)),
        np.zeros(count, bool), np.zeros(count),
    )  # fmt: skip
    codes = BinCodes.of(Forest((tree, chain), "log-odds", narrow=False), 1)
    assert codes.dtype is np.uint32
    assert codes.encode(np.array([[69_999.0], [1e9]])).tolist() == [[69_999, 70_000]]
