"""The steps before a model: each column they make depends on one raw column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from explain.columns import Columns, trace
from explain.formats.steps import AbsentIsMissing, Categories, ZeroIsMissing
from explain.formats.texts import Texts


def test_what_a_sparse_table_does_not_hold_is_missing() -> None:
    table = csr_matrix(([0.0, 2.0], ([0, 1], [0, 1])), shape=(2, 2))
    np.testing.assert_array_equal(
        AbsentIsMissing().transform(table), [[0.0, np.nan], [np.nan, 2.0]]
    )


def test_zeros_become_missing_in_their_columns_only() -> None:
    told = ZeroIsMissing((1,)).transform(np.array([[0.0, 0.0], [1.0, -1e-36], [2.0, 1e-30]]))
    np.testing.assert_array_equal(told, [[0.0, np.nan], [1.0, np.nan], [2.0, 1e-30]])


def test_categories_are_numbered_and_memberships_told() -> None:
    step = Categories({0: {"a": 0, "b": 1}}, ((0, (1,)),))
    told = step.transform(pd.DataFrame({"x": ["a", "b", "z", None], "y": [1.0, 2.0, 3.0, 4.0]}))
    np.testing.assert_array_equal(
        told, [[0, 1, 1], [1, 2, 0], [np.nan, 3, np.nan], [np.nan, 4, np.nan]]
    )
    assert trace(step, Columns((4, 7))).sources == (4, 7, 4)


@pytest.mark.parametrize("value", ["car", 3, 3.0, None, float("nan"), True])
def test_texts_come_back_as_catboost_writes_them(value: object) -> None:
    step = Texts((0,))
    told = step.decode(step.transform(np.array([[value]], dtype=object))[:, 0])
    expected = (
        "nan"
        if value is None or value != value
        else str(int(value))
        if isinstance(value, float)
        else str(value)
    )
    assert told.tolist() == [expected]


def test_many_texts_are_forgotten_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explain.formats.texts.MOST", 4)
    step = Texts((0,))
    numbers = step.transform(np.array([[f"t{at}"] for at in range(7)], dtype=object))
    assert step.decode(numbers[-2:, 0]).tolist() == ["t5", "t6"]
    assert len(step._numbers) <= 4
