"""Each preparation step says where its columns come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)

from explain.columns import Columns, trace
from explain.refusals import Unsupported

FRAME = pd.DataFrame(
    {
        "a": [1.0, np.nan, 3.0, 4.0],
        "b": ["x", "y", "z", "x"],
        "c": [5.0, 6.0, 7.0, 9.0],
        "empty": [np.nan] * 4,
        "d": ["p", "q", "p", "p"],
    }
)
NUMBERS, TEXTS = ["a", "c", "empty"], ["b", "d"]


def leaving(step: Any, frame: pd.DataFrame) -> tuple[int, ...]:
    """Fit the step; the sources of its columns, of which there must be as many as it makes."""
    made = step.fit_transform(frame)
    columns = trace(step, Columns(tuple(range(frame.shape[1])), tuple(frame.columns)))
    assert len(columns.sources) == made.shape[1]
    return columns.sources


@pytest.mark.parametrize(
    ("step", "names", "sources"),
    [
        (StandardScaler(), ["a", "c"], (0, 1)),
        (MinMaxScaler(), ["a", "c"], (0, 1)),
        (OrdinalEncoder(), TEXTS, (0, 1)),
        (OneHotEncoder(), TEXTS, (0, 0, 0, 1, 1)),
        (OneHotEncoder(drop="first"), TEXTS, (0, 0, 1)),
        (OneHotEncoder(drop="if_binary"), TEXTS, (0, 0, 0, 1)),
        (OneHotEncoder(min_frequency=2), TEXTS, (0, 0, 1, 1)),
        (OneHotEncoder(max_categories=2, drop="first"), TEXTS, (0, 1)),
        (SimpleImputer(), ["a", "c"], (0, 1)),
        (SimpleImputer(), NUMBERS, (0, 1)),
        (SimpleImputer(keep_empty_features=True), NUMBERS, (0, 1, 2)),
        (SimpleImputer(strategy="constant", fill_value=0), ["a", "c"], (0, 1)),
        (SimpleImputer(strategy="most_frequent", add_indicator=True), NUMBERS, (0, 1, 0, 2)),
        (MissingIndicator(), NUMBERS, (0, 2)),
        (FunctionTransformer(), NUMBERS, (0, 1, 2)),
        (FunctionTransformer(np.log1p), ["a", "c"], (0, 1)),
        (
            FeatureUnion([("a", SimpleImputer()), ("no", "drop"), ("b", "passthrough")]),
            ["a", "c"],
            (0, 1, 0, 1),
        ),
        (VarianceThreshold(), ["a", "c"], (0, 1)),
        (make_pipeline(SimpleImputer(), "passthrough", StandardScaler()), NUMBERS, (0, 1)),
    ],
)
@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
def test_steps(step: Any, names: list[str], sources: tuple[int, ...]) -> None:
    assert leaving(step, FRAME[names]) == sources


@pytest.mark.parametrize(
    ("step", "sources"),
    [
        (KBinsDiscretizer(2, encode="onehot-dense", quantile_method="linear"), (0, 0, 1, 1)),
        (KBinsDiscretizer([2, 3], encode="ordinal", quantile_method="linear"), (0, 1)),
    ],
)
def test_bins(step: Any, sources: tuple[int, ...]) -> None:
    assert leaving(step, FRAME[["c", "a"]].fillna(0.0)) == sources


@pytest.mark.parametrize(
    ("label", "sources"), [([0, 1, 1, 0], (0, 1)), ([0, 1, 2, 0], (0, 0, 0, 1, 1, 1))]
)
def test_encoding_by_the_target(label: list[int], sources: tuple[int, ...]) -> None:
    frame = pd.concat([FRAME[TEXTS]] * 10)
    step = TargetEncoder(random_state=0).fit(frame, label * 10)
    made = step.transform(frame)
    assert trace(step, Columns((0, 1), tuple(TEXTS))).sources == sources
    assert made.shape[1] == len(sources)


def test_a_selection_drops_columns() -> None:
    frame = FRAME[["c", "a"]].assign(constant=1.0).fillna(0.0)[["constant", "c", "a"]]
    assert leaving(VarianceThreshold(), frame) == (1, 2)


CHOICES = [["c"], [2], slice(2, 3), np.array([False, False, True, False, False]), lambda _: ["c"]]


@pytest.mark.parametrize("choice", CHOICES, ids=["names", "numbers", "slice", "mask", "callable"])
def test_column_transformers_by_any_choice_of_columns(choice: Any) -> None:
    step = ColumnTransformer(
        [
            ("texts", OneHotEncoder(), ["d", "b"]),
            ("number", StandardScaler(), choice),
            ("gone", "drop", ["empty"]),
        ],
        remainder="passthrough",
    )
    assert leaving(step, FRAME) == (4, 4, 1, 1, 1, 2, 0)


def test_nested_column_transformers() -> None:
    inner = ColumnTransformer([("second", StandardScaler(), [1]), ("first", "passthrough", [0])])
    step = ColumnTransformer(
        [("numbers", Pipeline([("fill", SimpleImputer()), ("swap", inner)]), ["c", "a"])]
    )
    assert leaving(step, FRAME) == (0, 2)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (PCA(1), "step PCA is not known"),
        (Normalizer(), "step Normalizer"),
        (FunctionTransformer(np.sort), "may mix features"),
        (FunctionTransformer(np.log1p, kw_args={"where": True}), "may mix features"),
        (ColumnTransformer([("all", StandardScaler(), slice("a", "c"))]), "range of columns"),
    ],
)
def test_steps_that_may_mix_are_refused(step: Any, words: str) -> None:
    with pytest.raises(Unsupported, match=words):
        leaving(step, FRAME[["a", "c"]].fillna(0.0))


def test_names_that_are_not_known_are_refused() -> None:
    inner = ColumnTransformer([("first", "passthrough", ["a"])])
    inner.fit(FRAME[["a", "c"]])
    with pytest.raises(Unsupported, match="by name"):
        trace(inner, Columns((0, 1)))
