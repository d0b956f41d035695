"""Rows come to the model in one form, alone or in company."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explain.refusals import BadRows
from explain.rows import RowSchema

ROWS = [
    {"age": 30, "job": "cook", "owns": True, "note": None},
    {"age": None, "job": None, "owns": False, "note": None},
]
SCHEMA = RowSchema(("age", "job", "owns", "note"), (True, False, True, True))


def test_numbers_and_texts_are_told_apart() -> None:
    assert RowSchema.of(ROWS, SCHEMA.features) == SCHEMA
    assert RowSchema.of(pd.DataFrame(ROWS), SCHEMA.features) == SCHEMA


def test_mappings_and_tables_give_the_same_table() -> None:
    from_mappings = SCHEMA.frame(ROWS)
    pd.testing.assert_frame_equal(SCHEMA.frame(pd.DataFrame(ROWS)), from_mappings)
    assert [str(kind) for kind in from_mappings.dtypes] == [
        "float64",
        "object",
        "float64",
        "float64",
    ]
    assert from_mappings.loc[0].tolist()[:3] == [30.0, "cook", 1.0]
    assert from_mappings.isna().to_numpy().tolist() == [
        [False, False, False, True],
        [True, True, False, True],
    ]


def test_a_row_has_the_same_form_alone() -> None:
    alone = SCHEMA.frame(ROWS[1:])
    pd.testing.assert_frame_equal(alone, SCHEMA.frame(ROWS)[1:].reset_index(drop=True))


@pytest.mark.parametrize("kind", ["Int64", "float32", "int8", "boolean"])
def test_pandas_own_numbers_are_numbers(kind: str) -> None:
    frame = pd.DataFrame({"age": pd.Series([1, 0], dtype=kind)})
    schema = RowSchema.of(frame, ["age"])
    assert schema.numeric == (True,)
    assert schema.frame(frame)["age"].tolist() == [1.0, 0.0]
    if kind in ("Int64", "boolean"):
        holed = pd.DataFrame({"age": pd.Series([1, None], dtype=kind)})
        assert np.isnan(schema.frame(holed)["age"][1])


def test_a_table_is_one_already_and_grows_downwards() -> None:
    table = SCHEMA.table(ROWS)
    assert (SCHEMA.table(table), len(table)) == (table, 2)
    assert RowSchema.of(table, SCHEMA.features) == SCHEMA
    twice = table.then(table)
    pd.testing.assert_frame_equal(twice.frame(), SCHEMA.frame([*ROWS, *ROWS]))


def test_keys_that_are_no_feature_are_left_out() -> None:
    assert list(SCHEMA.frame([{**ROWS[0], "weather": "rain"}]).columns) == list(SCHEMA.features)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([ROWS[0], {"age": 1}], "Row 1 lacks the feature 'job'"),
        ([{**ROWS[0], "age": "30"}], "Row 0: 'age' should be a number"),
        (pd.DataFrame({"age": [1]}), "lack the feature 'job'"),
    ],
)
def test_ill_formed_rows_are_refused(rows, words: str) -> None:
    with pytest.raises(BadRows, match=words):
        SCHEMA.frame(rows)


def test_no_rows_and_doubled_names_are_refused() -> None:
    with pytest.raises(BadRows, match="no rows"):
        RowSchema.of([], ["age"])
    with pytest.raises(BadRows, match="twice"):
        RowSchema.of(ROWS, ["age", "age"])
