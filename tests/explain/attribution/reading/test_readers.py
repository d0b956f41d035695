"""The trees we read give the model's own margins; their Shapley values are those of the definition and of shap."""

from __future__ import annotations

from math import factorial
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import shap
import xgboost

from explain.attribution.players import Players
from explain.attribution.reading import lightgbm as _lightgbm  # noqa: F401 - registers
from explain.attribution.reading import xgboost as _xgboost  # noqa: F401 - registers
from explain.attribution.tree_shapley import TreeShapley
from explain.attribution.trees import Forest, Tree, read
from explain.refusals import Unsupported
from tests.explain.formats.made import DATA, data, loaded, made, packed

BOOSTERS = ("xgboost", "lightgbm")
CLOSE = {"xgboost": 2e-6, "lightgbm": 1e-12}


def total(forest: Forest, columns: np.ndarray) -> np.ndarray:
    seen = columns.astype(np.float32).astype(np.float64) if forest.narrow else columns
    return sum((walk(tree, seen) for tree in forest.trees), np.zeros(len(columns)))


def walk(tree: Tree, columns: np.ndarray) -> np.ndarray:
    node = np.zeros(len(columns), np.int64)
    for _ in range(400):
        inner = tree.left[node] >= 0
        if not inner.any():
            break
        value = columns[np.arange(len(columns)), np.where(inner, tree.column[node], 0)]
        goes = np.where(np.isnan(value), tree.missing_left[node], value <= tree.threshold[node])
        node = np.where(inner, np.where(goes, tree.left[node], tree.right[node]), node)
    return tree.value[node]


def parts(model: Any, rows: pd.DataFrame) -> tuple[Any, np.ndarray]:
    """The model at the end, and what it is given."""
    table: Any = rows
    for _, step in getattr(model, "steps", [])[:-1]:
        table = step.transform(table)
    return (model[-1] if hasattr(model, "steps") else model), np.asarray(table, dtype=float)


def agree(model: Any, rows: pd.DataFrame, close: float) -> None:
    """For every output the trees add up to the margin, but for a constant."""
    last, columns = parts(model, rows)
    margins = last.decision_function(columns)
    binary = margins.ndim == 1 and hasattr(last, "classes_")
    for position in range(len(getattr(last, "classes_", [0]))):
        margin = (
            margins[:, position]
            if margins.ndim == 2
            else margins * (-1 if binary and not position else 1)
        )
        beyond = margin - total(read(last, position), columns)
        np.testing.assert_allclose(
            beyond, np.median(beyond), rtol=0, atol=close * max(1, np.abs(margin).max())
        )


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("family", BOOSTERS)
def test_the_trees_add_up_to_the_margins(family: str, name: str) -> None:
    one = made(family, name)
    agree(loaded(one.kind, one.content), one.rows, CLOSE[family])


@pytest.mark.parametrize("name", ["wine", "diabetes", "german"])
@pytest.mark.parametrize("family", BOOSTERS)
def test_values_are_those_of_the_definition(family: str, name: str) -> None:
    """Six real columns, against the model's own margins over every coalition."""
    rows, label = data(name)
    rows = rows.iloc[:, :6]
    kind = (
        (xgboost.XGBClassifier, lightgbm.LGBMClassifier)
        if name != "diabetes"
        else (xgboost.XGBRegressor, lightgbm.LGBMRegressor)
    )
    settings = {
        "n_estimators": 10,
        "max_depth": 4,
        **({"verbose": -1} if family == "lightgbm" else {}),
    }
    fitted = kind[BOOSTERS.index(family)](**settings).fit(rows, label)
    model = loaded(family, packed(family, fitted, rows))
    columns, background = rows.to_numpy()[:2], rows.to_numpy()[20:29]
    for position in range(len(getattr(model, "classes_", [0]))):
        forest = read(model, position)
        told = TreeShapley.of(forest, Players.of(list(rows), range(6)), background).attribute(
            columns
        )
        np.testing.assert_allclose(
            told,
            by_definition(model, position, columns, background),
            rtol=0,
            atol=CLOSE[family] * 100,
        )


def by_definition(
    model: Any, position: int, columns: np.ndarray, background: np.ndarray
) -> np.ndarray:
    width = columns.shape[1]
    values = np.zeros(columns.shape)
    for i, row in enumerate(columns):
        worth = np.empty(1 << width)
        for subset in range(1 << width):
            mixed = background.copy()
            inside = [j for j in range(width) if subset >> j & 1]
            mixed[:, inside] = row[inside]
            margin = model.decision_function(mixed)
            binary = margin.ndim == 1 and hasattr(model, "classes_")
            worth[subset] = (
                margin[:, position]
                if margin.ndim == 2
                else margin * (-1 if binary and not position else 1)
            ).mean()
        for j in range(width):
            for subset in range(1 << width):
                if not subset >> j & 1:
                    size = bin(subset).count("1")
                    weight = factorial(size) * factorial(width - size - 1) / factorial(width)
                    values[i, j] += weight * (worth[subset | 1 << j] - worth[subset])
    return values


@pytest.mark.parametrize("name", ["breast cancer", "wine", "diabetes"])
@pytest.mark.parametrize("family", BOOSTERS)
def test_values_are_shaps_interventional_ones(family: str, name: str) -> None:
    rows, label = data(name)
    rows = rows.fillna(rows.mean())
    kinds = {
        "xgboost": (xgboost.XGBClassifier, xgboost.XGBRegressor),
        "lightgbm": (lightgbm.LGBMClassifier, lightgbm.LGBMRegressor),
    }
    settings = {
        "n_estimators": 12,
        "max_depth": 3,
        **({"verbose": -1} if family == "lightgbm" else {}),
    }
    fitted = kinds[family][name == "diabetes"](**settings).fit(rows, label)
    model = loaded(family, packed(family, fitted, rows))
    background, asked = rows.iloc[::9], rows.iloc[:25]
    oracle = shap.TreeExplainer(
        fitted, background.to_numpy(), feature_perturbation="interventional"
    )
    values = np.asarray(oracle.shap_values(asked.to_numpy(), check_additivity=False))
    for position in range(len(getattr(model, "classes_", [0]))):
        forest = read(model, position)
        told = TreeShapley.of(
            forest, Players.of(list(rows), range(rows.shape[1])), background.to_numpy()
        )
        expected = values[:, :, position] if values.ndim == 3 else values
        if values.ndim == 2 and hasattr(model, "classes_") and position == 0:
            expected = -expected
        largest = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(
            told.attribute(asked.to_numpy()), expected, rtol=0, atol=1e-6 * largest
        )


def with_categories() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "amount": random.normal(size=500),
            "purpose": pd.Categorical(random.choice(list("abcdefgh"), 500)),
            "region": pd.Categorical(random.choice(["north", "south", "west"], 500)),
        }
    )
    frame.loc[::13, "purpose"] = np.nan
    frame.loc[::17, "amount"] = np.nan
    label = (
        frame["purpose"].isin(list("ace")).to_numpy() ^ (frame["amount"].fillna(1) > 0.2).to_numpy()
    )
    return frame, label.astype(int)


@pytest.mark.parametrize("one_hot", [1, 100])
@pytest.mark.parametrize("family", BOOSTERS)
def test_categories_of_a_models_own_are_read(family: str, one_hot: int) -> None:
    frame, label = with_categories()
    if family == "xgboost":
        fitted = xgboost.XGBClassifier(
            n_estimators=8, max_depth=4, enable_categorical=True, max_cat_to_onehot=one_hot
        )
    else:
        fitted = lightgbm.LGBMClassifier(
            n_estimators=8, min_child_samples=3, verbose=-1, max_cat_to_onehot=one_hot
        )
    fitted.fit(frame, label)
    model = loaded(family, packed(family, fitted, frame))
    rows = frame.astype({"purpose": object, "region": object})
    np.testing.assert_allclose(
        model.predict_proba(rows), fitted.predict_proba(frame), rtol=0, atol=2e-6
    )
    assert read(model[-1], 1).trees[0].column.max() > 2
    agree(model, rows, CLOSE[family])


def test_zeros_that_count_as_missing_are_read() -> None:
    rows, label = data("wine")
    rows = rows.copy()
    rows.iloc[::3, 6] = 0.0
    rows.iloc[::5, 12] = 0.0
    fitted = lightgbm.LGBMClassifier(n_estimators=8, zero_as_missing=True, verbose=-1).fit(
        rows, label
    )
    model = loaded("lightgbm", packed("lightgbm", fitted, rows))
    np.testing.assert_allclose(
        model.predict_proba(rows), fitted.predict_proba(rows), rtol=0, atol=1e-12
    )
    agree(model, rows, 1e-12)


@pytest.mark.parametrize(
    "chosen",
    [
        {"booster": "dart", "rate_drop": 0.5},
        {"tree_method": "exact", "gamma": 2.0},
        {"num_parallel_tree": 3, "subsample": 0.5},
        {"tree_method": "approx", "max_depth": 5},
    ],
    ids=["dart", "pruned", "parallel", "approx"],
)
def test_xgboosts_other_boosters(chosen: dict[str, Any]) -> None:
    rows, label = data("wine")
    fitted = xgboost.XGBClassifier(n_estimators=8, random_state=0, **chosen).fit(rows, label)
    model = loaded("xgboost", bytes(fitted.get_booster().save_raw("json")))
    np.testing.assert_allclose(
        model.predict_proba(rows), fitted.predict_proba(rows), rtol=0, atol=2e-6
    )
    agree(model, rows, 2e-6)


@pytest.mark.parametrize(
    "objective",
    [
        "reg:squarederror",
        "reg:absoluteerror",
        "reg:pseudohubererror",
        "count:poisson",
        "reg:gamma",
        "reg:tweedie",
        "reg:squaredlogerror",
    ],
)
def test_xgboosts_regressions(objective: str) -> None:
    rows, label = data("diabetes")
    fitted = xgboost.XGBRegressor(n_estimators=8, max_depth=3, objective=objective).fit(
        rows, label / 100
    )
    model = loaded("xgboost", packed("xgboost", fitted, rows))
    np.testing.assert_allclose(model.predict(rows), fitted.predict(rows), rtol=1e-5)
    agree(model, rows, 2e-6)


@pytest.mark.parametrize(
    "chosen",
    [
        {"objective": "poisson"},
        {"objective": "gamma"},
        {"objective": "quantile"},
        {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
        {"boosting_type": "dart"},
    ],
    ids=str,
)
def test_lightgbms_regressions(chosen: dict[str, Any]) -> None:
    rows, label = data("diabetes")
    fitted = lightgbm.LGBMRegressor(n_estimators=8, num_leaves=8, verbose=-1, **chosen).fit(
        rows, label
    )
    model = loaded("lightgbm", packed("lightgbm", fitted, rows))
    np.testing.assert_allclose(model.predict(rows), fitted.predict(rows), rtol=1e-12)
    agree(model, rows, 1e-12)


def test_a_threshold_itself_goes_right_in_xgboost() -> None:
    """x < t, not x <= t: rows that stand exactly on a threshold tell the two apart."""
    rows, label = data("wine")
    fitted = xgboost.XGBClassifier(n_estimators=5).fit(rows, label)
    model = loaded("xgboost", packed("xgboost", fitted, rows))
    columns = np.repeat(rows.to_numpy()[:1], 200, axis=0)
    tests = [
        (t.column[n], t.condition[n])
        for t in model.ensemble.trees
        for n in range(len(t.left))
        if t.left[n] >= 0
    ]
    for at, (column, condition) in enumerate(tests[:200]):
        columns[at, column] = condition
    agree(model, pd.DataFrame(columns), 2e-6)


def test_linear_trees_are_refused() -> None:
    rows, label = data("diabetes")
    fitted = lightgbm.LGBMRegressor(n_estimators=3, linear_tree=True, verbose=-1).fit(
        rows.fillna(0), label
    )
    model = loaded("lightgbm", packed("lightgbm", fitted, rows))
    with pytest.raises(Unsupported, match="linear trees"):
        read(model, 0)


def test_xgboosts_linear_booster_is_refused_and_still_answers() -> None:
    rows, label = data("breast cancer")
    rows = rows.fillna(0)
    fitted = xgboost.XGBClassifier(n_estimators=3, booster="gblinear").fit(rows, label)
    model = loaded("xgboost", packed("xgboost", fitted, rows))
    np.testing.assert_allclose(
        model.predict_proba(rows), fitted.predict_proba(rows), rtol=0, atol=2e-6
    )
    with pytest.raises(Unsupported, match="no trees"):
        read(model, 1)


@pytest.mark.parametrize("name", ["german", "wine"])
def test_lightgbms_random_forest(name: str) -> None:
    rows, label = data(name)
    fitted = lightgbm.LGBMClassifier(
        n_estimators=8, boosting_type="rf", bagging_freq=1, bagging_fraction=0.5, verbose=-1
    ).fit(rows, label)
    model = loaded("lightgbm", packed("lightgbm", fitted, rows))
    np.testing.assert_allclose(
        model.predict_proba(rows), fitted.predict_proba(rows), rtol=0, atol=1e-12
    )
    agree(model, rows, 1e-12)


@pytest.mark.parametrize("name", ["breast cancer", "german", "wine", "diabetes"])
@pytest.mark.parametrize("family", BOOSTERS)
def test_values_along_paths_are_shaps(family: str, name: str) -> None:
    one = made(family, name)
    model = loaded(one.kind, one.content)
    asked = one.rows.iloc[:30]
    values = np.asarray(shap.TreeExplainer(one.model).shap_values(asked))
    for position in range(len(getattr(model, "classes_", [0]))):
        forest = read(model, position)
        players = Players.of(list(one.rows), range(one.rows.shape[1]))
        told = TreeShapley.along_paths(forest, players, 1 << 29).attribute(asked.to_numpy())
        expected = values[:, :, position] if values.ndim == 3 else values
        if values.ndim == 2 and hasattr(model, "classes_") and position == 0:
            expected = -expected
        largest = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(told, expected, rtol=0, atol=1e-6 * largest)
