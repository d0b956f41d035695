"""Several classes and regressions, family by family: against the definition, and against shap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    GammaRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDClassifier,
    TweedieRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from explain.attribution.assembly import build
from explain.attribution.contract import Choices
from explain.refusals import Unsupported
from tests.explain.brute_force import shapley_of

FORESTS = ("random forest", "extra trees", "decision tree")
PATHS = Choices(shapley="path-dependent")

CLASSIFIERS: dict[str, tuple[Any, str]] = {
    "gradient boosting": (GradientBoostingClassifier(n_estimators=5, random_state=0), "margin"),
    "histogram boosting": (HistGradientBoostingClassifier(max_iter=5), "margin"),
    "random forest": (RandomForestClassifier(6, max_depth=5, random_state=0), "probability"),
    "extra trees": (ExtraTreesClassifier(6, max_depth=5, random_state=0), "probability"),
    "decision tree": (DecisionTreeClassifier(random_state=0), "probability"),
    "logistic": (make_pipeline(StandardScaler(), LogisticRegression()), "margin"),
}
REGRESSORS: dict[str, tuple[Any, str]] = {
    "gradient boosting": (GradientBoostingRegressor(n_estimators=8, random_state=0), "prediction"),
    "histogram boosting": (HistGradientBoostingRegressor(max_iter=8), "prediction"),
    "histogram boosting, poisson": (
        HistGradientBoostingRegressor(max_iter=8, loss="poisson"),
        "log-prediction",
    ),
    "random forest": (RandomForestRegressor(6, max_depth=5, random_state=0), "prediction"),
    "extra trees": (ExtraTreesRegressor(6, max_depth=5, random_state=0), "prediction"),
    "decision tree": (DecisionTreeRegressor(max_depth=6, random_state=0), "prediction"),
    "least squares": (LinearRegression(), "prediction"),
    "ridge": (make_pipeline(StandardScaler(), Ridge()), "prediction"),
    "lasso": (Lasso(0.1), "prediction"),
    "elastic net": (ElasticNet(0.1), "prediction"),
    "bayesian ridge": (BayesianRidge(), "prediction"),
    "poisson": (PoissonRegressor(), "log-prediction"),
    "gamma": (GammaRegressor(), "log-prediction"),
    "tweedie, log": (TweedieRegressor(power=1.5), "log-prediction"),
    "tweedie, identity": (TweedieRegressor(power=0), "prediction"),
}


def wine() -> tuple[pd.DataFrame, pd.Series]:
    """The first seven features, one twice and a constant, and three kinds of wine."""
    data = load_wine(as_frame=True)
    frame = data.data.iloc[:, :7].assign(constant=4.0)
    return frame.assign(again=frame["alcohol"]), data.target


def diabetes() -> tuple[pd.DataFrame, pd.Series]:
    data = load_diabetes(as_frame=True)
    return data.data.iloc[:, :8], data.target


@pytest.mark.parametrize("positive", [0, 2])
@pytest.mark.parametrize("family", CLASSIFIERS)
def test_one_of_several_classes_against_the_definition(family: str, positive: int) -> None:
    model, space = CLASSIFIERS[family]
    frame, label = wine()
    model.fit(frame, label)
    explainer = build(model, frame[::18], list(frame.columns), positive)
    told = explainer.explain(frame[60:63])
    assert explainer.output_space == space

    def output(table: pd.DataFrame) -> np.ndarray:
        own = model.decision_function if space == "margin" else model.predict_proba
        return own(table)[:, positive]

    base, values = shapley_of(output, frame[::18], frame[60:63])
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-10)
    assert explainer.base == pytest.approx(base, abs=1e-10)
    expected = model.predict_proba(frame[60:63])[:, positive]
    np.testing.assert_allclose(told.score, expected, rtol=0, atol=1e-12)
    assert told.residual.max() < 1e-12
    assert told.errors is None


@pytest.mark.parametrize("family", REGRESSORS)
def test_regressions_against_the_definition(family: str) -> None:
    model, space = REGRESSORS[family]
    frame, target = diabetes()
    model.fit(frame, target)
    explainer = build(model, frame[::40], list(frame.columns), None)
    told = explainer.explain(frame[9:12])
    assert (explainer.output_space, explainer.positive_class) == (space, None)

    def output(table: pd.DataFrame) -> np.ndarray:
        predicted = model.predict(table)
        return np.log(predicted) if space == "log-prediction" else predicted

    base, values = shapley_of(output, frame[::40], frame[9:12])
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-10)
    assert explainer.base == pytest.approx(base, abs=1e-10)
    np.testing.assert_allclose(told.score, model.predict(frame[9:12]), rtol=1e-12)
    assert told.residual.max() < 1e-10


# shap knows no gradient boosting for more than two classes.
@pytest.mark.parametrize("family", ["histogram boosting", *FORESTS])
def test_path_dependent_values_are_shaps_for_several_classes(family: str) -> None:
    model, _ = CLASSIFIERS[family]
    frame, label = wine()
    # Eighths, so that shap's narrowing to float32 moves no threshold past a value.
    frame = (frame * 8).round() / 8
    model.fit(frame, label)
    explainer = build(model, frame[:20], list(frame.columns), 1, PATHS)
    told = explainer.explain(frame)
    oracle = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    expected = oracle.shap_values(frame, check_additivity=False)[..., 1]
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=1e-6)
    assert explainer.method == "path-dependent tree Shapley, grouped"
    assert told.residual.max() < 1e-12


@pytest.mark.parametrize("family", ["gradient boosting", "histogram boosting", *FORESTS])
def test_path_dependent_values_are_shaps_for_regressions(family: str) -> None:
    model, _ = REGRESSORS[family]
    frame, target = diabetes()
    frame = (frame * 1024).round() / 1024
    model.fit(frame, target)
    told = build(model, frame[:20], list(frame.columns), None, PATHS).explain(frame[:50])
    oracle = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    expected = oracle.shap_values(frame[:50], check_additivity=False)
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=1e-4)
    assert told.residual.max() < 1e-10


def test_interventional_values_are_shaps_on_iris() -> None:
    data = load_iris(as_frame=True)
    frame = (data.data * 8).round() / 8
    model = RandomForestClassifier(10, max_depth=4, random_state=0).fit(frame, data.target)
    told = build(model, frame[::3], list(frame.columns), 2).explain(frame)
    oracle = shap.TreeExplainer(model, frame[::3], feature_perturbation="interventional")
    expected = oracle.shap_values(frame, check_additivity=False)[..., 2]
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=1e-4)


def test_one_versus_rest_is_no_softmax_and_is_asked() -> None:
    frame, label = wine()
    model = make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", random_state=0))
    model.fit(frame, label)
    explainer = build(model, frame[::40], list(frame.columns), 1)
    assert explainer.method == "interventional Shapley, every coalition"
    _, values = shapley_of(lambda table: model.predict_proba(table)[:, 1], frame[::40], frame[5:6])
    np.testing.assert_allclose(explainer.explain(frame[5:6]).values, values, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("model", "positive", "choices", "words"),
    [
        (LinearSVC(), 1, Choices(), "no probability of its classes"),
        (SGDClassifier(), 1, Choices(), "no probability of its classes"),
        (IsolationForest(n_estimators=3), None, Choices(), "neither a probability nor"),
        (LogisticRegression(), 1, PATHS, "for trees only"),
        (GradientBoostingClassifier(n_estimators=2), None, Choices(), "not predict a number"),
        (
            GradientBoostingClassifier(n_estimators=2),
            1,
            Choices(space="probability", evaluations=5000),
            "could only be estimated",
        ),
    ],
    ids=["svc", "hinge", "isolation", "paths", "task", "space"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_refusals_are_sentences(model, positive, choices: Choices, words: str) -> None:
    frame, label = wine()
    model.fit(frame, label)
    with pytest.raises(Unsupported, match=words):
        build(model, frame[:20], list(frame.columns), positive, choices)


def test_the_probability_of_a_boosted_model_is_explained_exactly_where_asking_can() -> None:
    frame, label = wine()
    model = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(frame, label == 1)
    explainer = build(model, frame[::30], list(frame.columns), True, Choices(space="probability"))
    assert explainer.output_space == "probability"
    told = explainer.explain(frame[60:62])
    _, values = shapley_of(
        lambda table: model.predict_proba(table)[:, 1], frame[::30], frame[60:62]
    )
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-10)


@pytest.mark.parametrize("features", [1, 500])
def test_one_and_five_hundred_features(features: int) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(80, features)))
    frame.columns = [f"f{at}" for at in range(features)]
    target = frame["f0"] * 2 + random.normal(size=80)
    model = GradientBoostingRegressor(n_estimators=20, max_depth=3).fit(frame, target)
    told = build(model, frame, list(frame.columns), None).explain(frame)
    assert told.values.shape == (80, features)
    assert told.residual.max() < 1e-12
