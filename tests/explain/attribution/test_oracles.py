"""Every family on three real data sets against the definition, asked of the library's own model.

Binary on German Credit with texts, a missing number, a constant and a duplicated column, and a category that training
never saw; several classes on wine; a regression on diabetes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

from explain.attribution.assembly import build
from explain.attribution.contract import Choices
from tests.explain.brute_force import shapley_of
from tests.explain.cases import german, preparation
from tests.explain.formats.made import RULES, packed

Asked = Callable[[Any, pd.DataFrame, int], np.ndarray]
TEXTS = ["purpose", "housing"]
SIZE: dict[str, Any] = {"random_state": 0}
CAT: dict[str, Any] = {
    "iterations": 8,
    "depth": 3,
    "verbose": 0,
    "allow_writing_files": False,
    "thread_count": 1,
}
# Of each family a classifier, a regressor, and whether it takes texts and missing numbers itself.
FAMILIES: dict[str, tuple[Any, Any, bool]] = {
    "gradient boosting": (
        GradientBoostingClassifier(n_estimators=8, **SIZE),
        GradientBoostingRegressor(n_estimators=8, **SIZE),
        False,
    ),
    "histogram boosting": (
        HistGradientBoostingClassifier(max_iter=8, categorical_features="from_dtype"),
        HistGradientBoostingRegressor(max_iter=8, categorical_features="from_dtype"),
        True,
    ),
    "random forest": (
        RandomForestClassifier(8, max_depth=5, **SIZE),
        RandomForestRegressor(8, max_depth=5, **SIZE),
        False,
    ),
    "extra trees": (
        ExtraTreesClassifier(8, max_depth=5, **SIZE),
        ExtraTreesRegressor(8, max_depth=5, **SIZE),
        False,
    ),
    "decision tree": (
        DecisionTreeClassifier(max_depth=6, **SIZE),
        DecisionTreeRegressor(max_depth=6, **SIZE),
        False,
    ),
    "linear": (LogisticRegression(max_iter=500), LinearRegression(), False),
    "neural network": (
        MLPClassifier((5,), max_iter=30, **SIZE),
        MLPRegressor(hidden_layer_sizes=(5,), max_iter=30, **SIZE),
        False,
    ),
    "xgboost": (
        XGBClassifier(n_estimators=8, max_depth=3, enable_categorical=True, max_cat_to_onehot=2),
        XGBRegressor(n_estimators=8, max_depth=3),
        True,
    ),
    "lightgbm": (
        LGBMClassifier(n_estimators=8, num_leaves=8, min_data_per_group=10, verbose=-1),
        LGBMRegressor(n_estimators=8, num_leaves=8, verbose=-1),
        True,
    ),
    "catboost": (
        CatBoostClassifier(**CAT, max_ctr_complexity=1),
        CatBoostRegressor(**CAT),
        True,
    ),
}
NATIVE = ("xgboost", "lightgbm", "catboost")
# XGBoost adds up in float32.
CLOSE = {"xgboost": 2e-6}


def credit() -> tuple[pd.DataFrame, np.ndarray]:
    frame, label = german()
    frame = frame[["duration_months", "age", *TEXTS]].astype(dict.fromkeys(TEXTS, object))
    frame["duration_months"] = frame["duration_months"].astype(float)
    frame = frame.assign(constant=1.5, again=frame["age"])
    frame.loc[::9, "duration_months"] = np.nan
    return frame, (label == "no").to_numpy().astype(int)


def unseen(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.reset_index(drop=True)
    rows.loc[0, "purpose"] = "a submarine"
    return rows


def as_learnt(family: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """What the library itself wants of a table with texts."""
    if family == "catboost":
        return lambda rows: rows
    known = {name: sorted(set(credit()[0][name])) for name in TEXTS}
    return lambda rows: rows.assign(
        **{
            name: pd.Categorical(rows[name].where(rows[name].isin(known[name])), known[name])
            for name in TEXTS
        }
    )


@cache
def on_credit(family: str) -> tuple[Any, Any]:
    """The library's own model, and ours from its artefact."""
    frame, label = credit()
    model, _, native = FAMILIES[family]
    model = clone(model)
    if not native:
        steps = preparation(takes_missing=False)
        steps.transformers = [
            (name, part, columns)
            for (name, part, _), columns in zip(
                steps.transformers,
                [["duration_months", "age"], TEXTS, ["purpose"], ["constant", "again"]],
                strict=True,
            )
        ]
        model = make_pipeline(steps, model)
    if family == "catboost":
        model.set_params(cat_features=TEXTS)
    model.fit(as_learnt(family)(frame) if native else frame, label)
    return model, ours(family, model, frame)


def ours(family: str, model: Any, frame: pd.DataFrame) -> Any:
    """The artefact as a worker reads it, but for the first trial in a process of its own."""
    kind = family if family in NATIVE else "skops"
    content = packed(kind, model, frame) if family in NATIVE else skops.io.dumps(model)
    return import_module(f"explain.formats.{kind}").load(content, RULES)


def margin(family: str, model: Any, rows: pd.DataFrame, position: int | None) -> np.ndarray:
    """The library's own margin: of class 1 of two, of one of several, or of a regression."""
    if family == "xgboost":
        told = model.predict(rows, output_margin=True)
    elif family == "lightgbm":
        told = model.predict(rows, raw_score=True)
    elif family == "catboost":
        told = model.predict(rows, prediction_type="RawFormulaVal")
    elif position is None:
        told = model.predict(rows)
    elif hasattr(model, "decision_function"):
        told = model.decision_function(rows)
    else:
        told = model.predict_proba(rows)
    found = np.asarray(told, dtype=np.float64)
    return found if found.ndim == 1 else found[:, position]


# A few rounds of a small network are enough to have something to explain.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("family", FAMILIES)
def test_two_classes_with_texts_missing_numbers_and_an_unseen_category(family: str) -> None:
    theirs, own = on_credit(family)
    frame, _ = credit()
    background, rows = frame[::60].reset_index(drop=True), unseen(frame[18:21])
    explainer = build(own, background.to_dict("records"), list(frame), 1)
    told = explainer.explain(rows.to_dict("records"))
    shown = as_learnt(family) if FAMILIES[family][2] else lambda table: table
    base, values = shapley_of(
        lambda table: margin(family, theirs, shown(table), 1), background, rows
    )
    close = CLOSE.get(family, 1e-10)
    np.testing.assert_allclose(told.values, values, rtol=0, atol=close)
    assert explainer.base == pytest.approx(base, abs=close)
    assert explainer.notes == ()
    names = list(frame)
    np.testing.assert_allclose(told.values[:, names.index("constant")], 0.0, atol=1e-15)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("family", FAMILIES)
def test_one_of_several_classes(family: str) -> None:
    data = load_wine(as_frame=True)
    frame = data.data.iloc[:, :6]
    model = clone(FAMILIES[family][0])
    if family in ("linear", "neural network"):
        model = make_pipeline(StandardScaler(), model)
    model.fit(frame, data.target)
    background, rows = frame[::18].reset_index(drop=True), frame[60:63].reset_index(drop=True)
    explainer = build(ours(family, model, frame), background, list(frame), 2)
    _, values = shapley_of(lambda table: margin(family, model, table, 2), background, rows)
    told = explainer.explain(rows)
    np.testing.assert_allclose(told.values, values, rtol=0, atol=CLOSE.get(family, 1e-10))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("family", FAMILIES)
def test_regressions(family: str) -> None:
    data = load_diabetes(as_frame=True)
    frame = data.data.iloc[:, :6].copy()
    missing = FAMILIES[family][2]
    if missing:
        frame.iloc[::7, 0] = np.nan
    model = clone(FAMILIES[family][1]).fit(frame, data.target)
    background, rows = frame[::40].reset_index(drop=True), frame[5:8].reset_index(drop=True)
    explainer = build(ours(family, model, frame), background, list(frame), None)
    told = explainer.explain(rows)
    _, values = shapley_of(lambda table: margin(family, model, table, None), background, rows)
    close = 1e-4 if family == "xgboost" else 1e-9
    np.testing.assert_allclose(told.values, values, rtol=0, atol=close)
    assert rows.isna().to_numpy().any() == missing


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("width", [1, 500])
@pytest.mark.parametrize("family", FAMILIES)
def test_one_and_five_hundred_features(family: str, width: int) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(60, width)))
    frame.columns = [f"f{at}" for at in range(width)]
    target = 2 * frame["f0"] + random.normal(size=60) / 4
    model = clone(FAMILIES[family][1]).fit(frame, target)
    # What can only be asked is asked as little as an estimate allows.
    few = Choices(evaluations=4 * 6 * width)
    explainer = build(ours(family, model, frame), frame[:6], list(frame.columns), None, few)
    told = explainer.explain(frame[:3])
    assert told.values.shape == (3, width)
    limit = explainer.tolerance * np.maximum(1.0, np.abs(told.output))
    assert (told.residual <= limit).all()
    np.testing.assert_allclose(told.score, np.asarray(model.predict(frame[:3])), rtol=2e-6)
    if width == 1:
        np.testing.assert_allclose(told.values[:, 0], told.output - explainer.base, atol=1e-5)
