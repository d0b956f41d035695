"""Trees and linear pipelines as ONNX on three real data sets, against the definition, asked of scikit-learn's model.

ONNX reckons in float32, so the data are such that float32 holds them, and the values agree as far as it does.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skl2onnx
from onnx import TensorProto, helper
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from explain.attribution.assembly import build
from explain.attribution.contract import Choices
from explain.formats import onnx
from tests.explain.brute_force import shapley_of
from tests.explain.cases import german
from tests.explain.formats.made import RULES

SMALL: dict[str, Any] = {"n_estimators": 8, "max_depth": 3, "random_state": 0}


def linear(last: Any) -> Any:
    return make_pipeline(SimpleImputer(), StandardScaler(), last)


# Of each family a classifier, a regressor, and whether it takes missing numbers.
FAMILIES: dict[str, tuple[Any, Any, bool]] = {
    "boosted trees": (
        GradientBoostingClassifier(**SMALL),
        GradientBoostingRegressor(**SMALL),
        False,
    ),
    "forest": (
        RandomForestClassifier(min_samples_leaf=15, **SMALL),
        RandomForestRegressor(**SMALL),
        True,
    ),
    "linear": (linear(LogisticRegression()), linear(LinearRegression()), True),
}


def forest(model: Any) -> bytes:
    """A forest as a TreeEnsemble that says at each node which way a missing number goes: skl2onnx does not."""
    classes = list(getattr(model, "classes_", ()))
    said: dict[str, list[Any]] = defaultdict(list)
    leaves = "class" if classes else "target"
    for number, tree in enumerate(one.tree_ for one in model.estimators_):
        # A float32 is at most the threshold where it is at most the threshold rounded down.
        rounded = tree.threshold.astype(np.float32)
        down = np.where(rounded > tree.threshold, np.nextafter(rounded, -np.inf), rounded)
        for node in range(tree.node_count):
            leaf = tree.children_left[node] < 0
            said["nodes_treeids"].append(number)
            said["nodes_nodeids"].append(node)
            said["nodes_featureids"].append(max(int(tree.feature[node]), 0))
            said["nodes_values"].append(0.0 if leaf else float(down[node]))
            said["nodes_modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            said["nodes_truenodeids"].append(0 if leaf else int(tree.children_left[node]))
            said["nodes_falsenodeids"].append(0 if leaf else int(tree.children_right[node]))
            said["nodes_missing_value_tracks_true"].append(int(tree.missing_go_to_left[node]))
            for at, value in enumerate(tree.value[node].ravel() if leaf else ()):
                said[f"{leaves}_treeids"].append(number)
                said[f"{leaves}_nodeids"].append(node)
                said[f"{leaves}_ids"].append(at)
                said[f"{leaves}_weights"].append(float(value) / len(model.estimators_))
    given = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, model.n_features_in_])
    told = helper.make_tensor_value_info("told", TensorProto.FLOAT, [None, max(len(classes), 1)])
    outputs = [told]
    if classes:
        outputs = [helper.make_tensor_value_info("label", TensorProto.INT64, [None]), told]
        said["classlabels_int64s"] = [int(one) for one in classes]
    node = helper.make_node(
        f"TreeEnsemble{'Classifier' if classes else 'Regressor'}",
        ["rows"],
        [one.name for one in outputs],
        domain="ai.onnx.ml",
        **({} if classes else {"n_targets": 1}),
        **said,
    )
    graph = helper.make_graph([node], "forest", [given], outputs)
    versions = [helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 17)]
    made = helper.make_model(graph, opset_imports=versions, ir_version=8)
    return bytes(made.SerializeToString())


SPACES = {"german": "probability", "wine": "probability", "diabetes": "prediction"}


@cache
def data(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    if name == "german":
        frame, label = german()
        numbers = frame.select_dtypes("number").iloc[:, :6]
        return numbers.astype(np.float32).astype(float), (label == "no").to_numpy().astype(int)
    found = load_wine(as_frame=True) if name == "wine" else load_diabetes(as_frame=True)
    # Steps of an eighth: thresholds lie half-way between them, and float32 holds both.
    frame = (found.data.iloc[:, :6] * (100 if name == "diabetes" else 1) * 8).round() / 8
    return frame, found.target.to_numpy()


def model_of(family: str, name: str) -> tuple[Any, Any, pd.DataFrame]:
    """scikit-learn's own, fitted; ours of the same as ONNX; the data."""
    classifier, regressor, missing = FAMILIES[family]
    frame, target = data(name)
    if missing:
        frame = frame.copy()
        frame.iloc[::7, 0] = np.nan
        frame.iloc[::5, 2] = np.nan
    model = (regressor if name == "diabetes" else classifier).fit(frame.to_numpy(), target)
    if family == "forest":
        return model, onnx.load(forest(model), RULES), frame
    options = {id(model): {"zipmap": False}} if name != "diabetes" else None
    sample = frame.to_numpy(dtype=np.float32)[:1]
    made = skl2onnx.to_onnx(model, sample, options=options)
    return model, onnx.load(made.SerializeToString(), RULES), frame


@pytest.mark.parametrize("name", ["german", "wine", "diabetes"])
@pytest.mark.parametrize("family", FAMILIES)
def test_values_are_those_of_the_definition(family: str, name: str) -> None:
    theirs, own, frame = model_of(family, name)
    positive = {"german": 1, "wine": 2, "diabetes": None}[name]
    space: Any = "log-odds" if name == "german" and family != "forest" else "auto"
    background = frame[:: len(frame) // 15].reset_index(drop=True)
    rows = frame[35:38].reset_index(drop=True)
    assert rows.isna().to_numpy().any() == FAMILIES[family][2]

    def output(table: pd.DataFrame) -> np.ndarray:
        if positive is None:
            return np.asarray(theirs.predict(table.to_numpy()))
        given = np.asarray(theirs.predict_proba(table.to_numpy())[:, positive])
        return np.log(given / (1 - given)) if explainer.output_space == "log-odds" else given

    explainer = build(
        own, background.to_dict("records"), list(frame), positive, Choices(space=space)
    )
    told = explainer.explain(rows.to_dict("records"))
    base, values = shapley_of(output, background, rows)
    largest = float(np.abs(values).max())
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-5 * max(1.0, largest))
    assert explainer.base == pytest.approx(base, rel=1e-5, abs=1e-5)
    assert told.errors is None or (told.errors == 0).all()
    assert explainer.output_space == (SPACES[name] if space == "auto" else space)
