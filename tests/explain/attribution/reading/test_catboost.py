"""CatBoost's trees as we read them; and its own values where they cannot be read, said to be such."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from catboost import CatBoostClassifier, CatBoostRegressor, Pool

from explain.attribution.assembly import build
from explain.attribution.contract import Choices
from explain.attribution.reading.catboost import NOTE
from explain.formats.catboost import load
from tests.explain.brute_force import shapley_of
from tests.explain.cases import german
from tests.explain.formats.made import RULES, data

SETTINGS: dict[str, Any] = {
    "iterations": 10,
    "depth": 3,
    "verbose": 0,
    "allow_writing_files": False,
    "thread_count": 1,
}
EXACT = "interventional tree Shapley, grouped"
OWN = "path-dependent tree Shapley by CatBoost"
TEXTS = ["purpose", "housing"]


def diabetes() -> tuple[pd.DataFrame, np.ndarray]:
    frame, target = data("diabetes")
    return frame.iloc[:, :6], target


def credit() -> tuple[pd.DataFrame, np.ndarray]:
    frame, label = german()
    frame = frame[["duration_months", "age", *TEXTS]].astype(dict.fromkeys(TEXTS, object))
    return frame, (label == "no").to_numpy().astype(int)


@pytest.mark.parametrize("mode", ["Min", "Max"])
@pytest.mark.parametrize("grown", ["SymmetricTree", "Depthwise", "Lossguide"])
def test_trees_of_every_shape_and_missing_values_on_either_side(grown: str, mode: str) -> None:
    frame, target = diabetes()
    model = CatBoostRegressor(**SETTINGS, grow_policy=grown, nan_mode=mode).fit(frame, target)
    background, rows = frame[::60].reset_index(drop=True), frame[7:9].reset_index(drop=True)
    explainer = build(load(model._serialize_model(), RULES), background, list(frame), None)
    told = explainer.explain(rows)
    _, values = shapley_of(lambda table: model.predict(table), background, rows)
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-10)
    assert (explainer.method, explainer.notes) == (EXACT, ())
    assert np.isnan(rows.iloc[0, 0])


@pytest.mark.parametrize("one_hot", [2, 50])
def test_categories_one_by_one_and_by_statistics(one_hot: int) -> None:
    frame, label = credit()
    model = CatBoostClassifier(
        **SETTINGS, cat_features=TEXTS, one_hot_max_size=one_hot, max_ctr_complexity=1
    ).fit(frame, label)
    background, rows = frame[::90].reset_index(drop=True), frame[3:6].reset_index(drop=True)
    explainer = build(load(model._serialize_model(), RULES), background, list(frame), 0)
    told = explainer.explain(rows)
    _, values = shapley_of(
        lambda table: -model.predict(table, prediction_type="RawFormulaVal"), background, rows
    )
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-10)
    assert (explainer.method, explainer.notes) == (EXACT, ())


def test_tests_of_several_features_together_leave_the_librarys_own_values() -> None:
    random = np.random.default_rng(0)
    pairs = random.integers(0, 6, (600, 2))
    frame = pd.DataFrame({name: [f"v{at}" for at in pairs[:, k]] for k, name in enumerate("ab")})
    frame["c"] = random.normal(size=600)
    label = (random.random(36)[6 * pairs[:, 0] + pairs[:, 1]] > 0.5).astype(int)
    settings = {**SETTINGS, "depth": 5, "model_size_reg": 0, "max_ctr_complexity": 4}
    model = CatBoostClassifier(**settings, cat_features=["a", "b"]).fit(frame, label)
    explainer = build(load(model._serialize_model(), RULES), frame[:40], list(frame), 1)
    told = explainer.explain(frame[40:45])
    own = model.get_feature_importance(
        Pool(frame[40:45], cat_features=["a", "b"]), type="ShapValues"
    )
    assert explainer.method == OWN
    why = "CatBoost tests several features together in this model."
    assert explainer.notes == (NOTE.format(why=why),)
    np.testing.assert_allclose(told.values, own[:, :-1], rtol=0, atol=1e-10)


@pytest.mark.parametrize("grown", ["SymmetricTree", "Depthwise"])
def test_path_dependent_values_are_the_librarys_own_which_shap_gives_too(grown: str) -> None:
    frame, target = diabetes()
    model = CatBoostRegressor(**SETTINGS, grow_policy=grown).fit(frame, target)
    paths = Choices(shapley="path-dependent")
    explainer = build(load(model._serialize_model(), RULES), frame[:40], list(frame), None, paths)
    told = explainer.explain(frame[:5])
    theirs = shap.TreeExplainer(model)
    np.testing.assert_allclose(told.values, theirs.shap_values(frame[:5]), rtol=0, atol=1e-10)
    assert explainer.base == pytest.approx(theirs.expected_value)
    assert (explainer.method, explainer.notes) == (OWN, ())
