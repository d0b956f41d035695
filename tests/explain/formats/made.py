"""Real data and fitted models of every family, with their artefacts. Made once: do not change them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import skl2onnx
import skops.io
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.preprocessing import OrdinalEncoder

from explain.formats import registry, trial
from explain.formats.rules import Rules
from tests.environment import SHARED
from tests.explain.cases import german

# A file that several tests load is tried once, whichever of them comes first.
RULES = Rules(pickle=True, trials=SHARED / "trials")
DATA = ("german", "breast cancer", "wine", "iris", "diabetes")
MODELS: dict[str, tuple[type, type, dict[str, Any]]] = {
    "xgboost": (
        xgboost.XGBClassifier,
        xgboost.XGBRegressor,
        {"n_estimators": 12, "max_depth": 3, "n_jobs": 1},
    ),
    "lightgbm": (
        lightgbm.LGBMClassifier,
        lightgbm.LGBMRegressor,
        {"n_estimators": 12, "num_leaves": 8, "verbose": -1, "n_jobs": 1},
    ),
    "catboost": (
        catboost.CatBoostClassifier,
        catboost.CatBoostRegressor,
        {
            "iterations": 12,
            "depth": 3,
            "verbose": 0,
            "allow_writing_files": False,
            "thread_count": 1,
        },
    ),
    "onnx": (
        RandomForestClassifier,
        RandomForestRegressor,
        {"n_estimators": 12, "max_depth": 4, "random_state": 0},
    ),
}
FAMILIES = tuple(MODELS)


@dataclass(frozen=True)
class Made:
    """kind and content of the artefact; what the library's own model says of the rows."""

    kind: str
    content: bytes
    model: Any
    rows: pd.DataFrame
    classes: bool

    @property
    def said(self) -> np.ndarray:
        return np.asarray(
            self.model.predict_proba(self.rows) if self.classes else self.model.predict(self.rows)
        )


@cache
def data(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers only; every seventh value of the first column is missing."""
    if name == "german":
        frame, label = german()
        texts = [column for column in frame if not pd.api.types.is_numeric_dtype(frame[column])]
        frame = frame.astype(dict.fromkeys(texts, object))
        frame[texts] = OrdinalEncoder().fit_transform(frame[texts])
        frame, label = frame.astype(float), (label == label.iloc[0]).to_numpy().astype(int)
    else:
        load = {
            "breast cancer": load_breast_cancer,
            "wine": load_wine,
            "iris": load_iris,
            "diabetes": load_diabetes,
        }[name]
        loaded = load(as_frame=True)
        frame, label = loaded.data.astype(float), loaded.target.to_numpy()
        frame.columns = [
            column.replace(" ", "_").replace("(", "").replace(")", "") for column in frame
        ]
    frame = frame.copy()
    frame.iloc[::7, 0] = np.nan
    return frame, label


@cache
def made(family: str, name: str) -> Made:
    frame, label = data(name)
    classifier, regressor, settings = MODELS[family]
    classes = name != "diabetes"
    # skl2onnx has no word for missing values in a forest.
    rows = frame.fillna(frame.mean()) if family == "onnx" else frame
    model = (classifier if classes else regressor)(**settings).fit(rows, label)
    return Made(family, packed(family, model, rows), model, rows, classes)


def packed(family: str, model: Any, rows: pd.DataFrame) -> bytes:
    """The model in its library's own format."""
    if family == "xgboost":
        return bytes(model.get_booster().save_raw("ubj"))
    if family == "lightgbm":
        return str(model.booster_.model_to_string()).encode()
    if family == "catboost":
        return bytes(model._serialize_model())
    options = {"zipmap": False} if hasattr(model, "classes_") else None
    sample = rows.to_numpy(dtype=np.float32)[:1]
    return bytes(
        skl2onnx.to_onnx(
            model, sample, options={id(model): options} if options else None
        ).SerializeToString()
    )


def loaded(kind: str, content: bytes) -> Any:
    """The model, as a worker has it that met the file before: looked through, tried, read.

    registry.load tries it in a process of its own, which takes a second to start; that this holds, test_registry and
    test_trial see.
    """
    registry.check(kind, content, RULES)
    trial.attempt(kind, content)
    return import_module(f"explain.formats.{kind}").load(content, RULES)


def skopsed(model: Any) -> bytes:
    return bytes(skops.io.dumps(model))
