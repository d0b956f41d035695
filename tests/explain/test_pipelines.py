"""A model is split, and the split is checked on real rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from explain.pipelines import split
from explain.refusals import Unsupported
from explain.rows import RowSchema
from tests.explain.cases import FAMILIES, fitted

NUMBERS = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [4.0, 2, 2, 1], "c": [0.0, 5, 1, 2]})
LABEL = [0, 1, 1, 0]


class Crossing(StandardScaler):
    """Passes for a scaler and mixes columns."""

    def transform(self, X, copy=None):  # noqa: N803  scikit-learn's name
        return np.asarray(X) + np.asarray(X)[:, ::-1]


@pytest.mark.parametrize("family", FAMILIES)
def test_preparing_and_deciding_give_what_the_whole_model_gives(family: str) -> None:
    model, frame = fitted(family)
    frame = RowSchema.of(frame, list(frame.columns)).frame(frame)
    parts = split(model, frame)
    prepared = parts.prepare(frame)
    # Not to the last bit: the forest of the whole model adds its trees up in two threads.
    whole = model.predict_proba(frame)
    np.testing.assert_allclose(parts.estimator.predict_proba(prepared), whole, rtol=0, atol=1e-15)
    assert prepared.shape == (len(frame), len(parts.sources))


def test_the_callers_estimator_keeps_its_threads() -> None:
    model, frame = fitted("random forest")
    parts = split(model, RowSchema.of(frame, list(frame.columns)).frame(frame))
    assert (model[-1].n_jobs, parts.estimator.n_jobs) == (2, 1)


def test_nested_pipelines_and_idle_steps() -> None:
    inner = make_pipeline(StandardScaler(), "passthrough", LogisticRegression())
    model = Pipeline([("first", StandardScaler()), ("idle", None), ("rest", inner)])
    parts = split(model.fit(NUMBERS, LABEL), NUMBERS[["b", "a", "c"]])
    assert (parts.inputs, parts.sources) == (("a", "b", "c"), (1, 0, 2))
    assert [type(step) for step in parts.steps] == [StandardScaler, StandardScaler]
    assert type(parts.estimator) is LogisticRegression


@pytest.mark.parametrize("steps", [[], [StandardScaler()]], ids=["bare", "prepared"])
@pytest.mark.parametrize("named", [True, False])
def test_the_estimator_is_given_arrays_and_does_not_warn(steps: list, named: bool) -> None:
    """Whatever it was fitted on; the caller's own keeps its names."""
    model = make_pipeline(*steps, LogisticRegression()).set_output(transform="pandas")
    model.fit(NUMBERS if named else NUMBERS.to_numpy(), LABEL)
    parts = split(model, NUMBERS)
    prepared = parts.prepare(NUMBERS)
    assert type(prepared) is np.ndarray
    said = parts.estimator.decision_function(prepared)
    given = NUMBERS if named else NUMBERS.to_numpy()
    np.testing.assert_array_equal(said, model.decision_function(given))
    assert hasattr(model[-1], "feature_names_in_") == (named or bool(steps))


@pytest.mark.parametrize("steps", [[], [StandardScaler()]], ids=["bare", "prepared"])
def test_a_table_is_prepared_like_a_frame(steps: list) -> None:
    model = make_pipeline(*steps, LogisticRegression()).fit(NUMBERS[["c", "a", "b"]], LABEL)
    parts = split(model, NUMBERS)
    table = RowSchema.of(NUMBERS, list(NUMBERS)).table(NUMBERS)
    np.testing.assert_array_equal(parts.prepare(table), parts.prepare(NUMBERS))


def test_sparse_columns_are_made_dense() -> None:
    step = ColumnTransformer([("hot", OneHotEncoder(), ["a", "b", "c"])], sparse_threshold=1.0)
    model = make_pipeline(step, LogisticRegression()).fit(NUMBERS, LABEL)
    parts = split(model, NUMBERS)
    prepared = parts.prepare(NUMBERS)
    assert prepared.sum(axis=1).tolist() == [3.0] * 4


def test_one_row_is_enough() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(NUMBERS, LABEL)
    assert split(model, NUMBERS[:1]).sources == (0, 1, 2)


def test_a_step_that_mixes_in_secret_is_found() -> None:
    model = make_pipeline(Crossing(), LogisticRegression()).fit(NUMBERS, LABEL)
    with pytest.raises(Unsupported, match="from several features"):
        split(model, NUMBERS)


def test_features_must_cover_the_models_inputs() -> None:
    model = LogisticRegression().fit(NUMBERS, LABEL)
    with pytest.raises(Unsupported, match="reads 'c', which is no feature"):
        split(model, NUMBERS[["a", "b"]])
    bare = LogisticRegression().fit(NUMBERS.to_numpy(), LABEL)
    with pytest.raises(Unsupported, match="does not name its input columns"):
        split(bare, NUMBERS[["a", "b"]])


def test_a_search_is_the_model_that_it_found() -> None:
    search = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {}, cv=2)
    parts = split(search.fit(NUMBERS, LABEL), NUMBERS)
    assert parts.sources == (0, 1, 2)
    assert type(parts.estimator) is LogisticRegression


def test_a_model_that_reads_texts_in_its_own_way_is_refused() -> None:
    frame = NUMBERS.assign(a=list("xyxy"))
    step = ColumnTransformer([("hot", OneHotEncoder(handle_unknown="ignore"), ["a", "b", "c"])])
    inside = CalibratedClassifierCV(make_pipeline(step, LogisticRegression()), cv=2)
    with pytest.raises(Unsupported, match="reads texts by itself"):
        split(inside.fit(frame, LABEL), frame)
