"""Models of which nothing is known but their output."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.svm import SVC

from explain.attribution.assembly import build
from explain.attribution.black_box import BlackBox
from explain.attribution.contract import Choices
from explain.refusals import Unsupported
from tests.explain.brute_force import shapley_of
from tests.explain.cases import applicants, fitted

NET = MLPClassifier((8,), max_iter=60, random_state=0)
MODELS: dict[str, Any] = {
    "network": make_pipeline(StandardScaler(), NET),
    "support vectors": make_pipeline(StandardScaler(), SVC(probability=True, random_state=0)),
    "neighbours": KNeighborsClassifier(),
    "naive Bayes": GaussianNB(),
    "calibrated": CalibratedClassifierCV(GaussianNB(), cv=2),
    "voting": VotingClassifier([("a", GaussianNB()), ("b", KNeighborsClassifier())], voting="soft"),
    "stacking": StackingClassifier([("a", GaussianNB()), ("b", KNeighborsClassifier())], cv=2),
    "principal components": make_pipeline(PCA(3), LogisticRegression()),
    "crosses": make_pipeline(StandardScaler(), PolynomialFeatures(2), LogisticRegression()),
    "a function": make_pipeline(FunctionTransformer(np.sort), LogisticRegression(max_iter=500)),
}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.mark.parametrize("name", MODELS)
def test_every_coalition_against_the_definition(name: str) -> None:
    data = load_wine(as_frame=True)
    frame = data.data.iloc[:, :6]
    model = MODELS[name].fit(frame, data.target)
    explainer = build(model, frame[::25], list(frame.columns), 1)
    told = explainer.explain(frame[60:62])
    assert isinstance(explainer, BlackBox)
    base, values = shapley_of(lambda t: model.predict_proba(t)[:, 1], frame[::25], frame[60:62])
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-10)
    assert explainer.base == pytest.approx(base, abs=1e-12)
    assert told.residual.max() < 1e-12
    assert told.errors is None


@pytest.mark.parametrize(
    "model",
    [MLPRegressor(hidden_layer_sizes=(6,), max_iter=50), KNeighborsRegressor()],
    ids=["network", "neighbours"],
)
def test_regressions(model: Any) -> None:
    data = load_diabetes(as_frame=True)
    frame = data.data.iloc[:, :5]
    model.fit(frame, data.target)
    explainer = build(model, frame[::50], list(frame.columns), None)
    assert explainer.output_space == "prediction"
    _, values = shapley_of(model.predict, frame[::50], frame[3:5])
    np.testing.assert_allclose(explainer.explain(frame[3:5]).values, values, rtol=0, atol=1e-9)


def mixed_model() -> tuple[Any, pd.DataFrame]:
    """Texts, missing numbers, a truth value; the preparation crosses features."""
    frame, label = applicants()
    frame = frame[["purpose", "member", "income", "debts"]]
    prepare = ColumnTransformer(
        [
            ("texts", OneHotEncoder(handle_unknown="ignore"), ["purpose", "member"]),
            ("numbers", FunctionTransformer(lambda t: t.fillna(0)), ["income", "debts"]),
        ],
        sparse_threshold=0.0,
    )
    return make_pipeline(prepare, StandardScaler(), NET).fit(frame, label), frame


def test_texts_missing_and_unseen_values() -> None:
    model, frame = mixed_model()
    names = list(frame.columns)
    rows = frame[:3].copy()
    rows["purpose"] = ["boat", None, "car"]
    told = build(model, frame[20:40], names, "bad").explain(rows)
    positive = list(model.classes_).index("bad")
    _, values = shapley_of(
        lambda table: model.predict_proba(table)[:, positive],
        frame[20:40].reset_index(drop=True),
        rows.astype({"purpose": object}),
    )
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-10)


@pytest.fixture(scope="module", params=["few rows to a call", "many calls a row"])
def network(request: pytest.FixtureRequest) -> tuple[BlackBox, pd.DataFrame]:
    data = load_breast_cancer(as_frame=True)
    small = request.param == "few rows to a call"
    frame = data.data.iloc[:, : 4 if small else 30]
    model = make_pipeline(StandardScaler(), MLPClassifier((20,), max_iter=30, random_state=0))
    model.fit(frame, data.target)
    choices = Choices(evaluations=20_000)
    explainer = build(model, frame[: 9 if small else 100], list(frame.columns), 1, choices)
    assert isinstance(explainer, BlackBox)
    assert explainer.coalitions.exact == small
    return explainer, frame


def test_a_row_is_explained_alike_to_the_last_bit_in_any_company(network) -> None:
    explainer, frame = network
    whole = explainer.explain(frame[:7])
    for chosen in ([0], [6, 2], [5, 5, 1, 0, 3]):
        told = explainer.explain(frame.iloc[chosen])
        for part in ("values", "output", "residual", "score"):
            assert np.array_equal(getattr(told, part), getattr(whole, part)[chosen])
        if whole.errors is not None:
            assert np.array_equal(told.errors, whole.errors[chosen])


def test_estimates_add_up_and_stand_within_their_errors() -> None:
    data = load_breast_cancer(as_frame=True)
    frame = data.data.iloc[:, :12]
    model = make_pipeline(StandardScaler(), MLPClassifier((20,), max_iter=60, random_state=0))
    model.fit(frame, data.target)
    names, rows = list(frame.columns), frame[100:104]
    exact = build(model, frame[:12], names, 1, Choices(evaluations=12 << 12)).explain(rows)
    some = build(model, frame[:12], names, 1, Choices(evaluations=12 * 300))
    told = some.explain(rows)
    assert some.method == "interventional Shapley, 299 coalitions"
    assert exact.errors is None and told.errors is not None
    assert told.residual.max() < 1e-12
    apart = np.abs(told.values - exact.values)
    assert (apart <= 5 * told.errors.max(axis=1, keepdims=True)).all()
    assert apart.max() < 0.05


def test_too_many_evaluations_are_refused_and_a_registered_part_is_said() -> None:
    data = load_digits(as_frame=True)
    model = RandomForestClassifier(3, max_depth=3).fit(data.data, data.target)
    wrapped = VotingClassifier([("only", model)], voting="soft").fit(data.data, data.target)
    names = list(data.data.columns)
    with pytest.raises(Unsupported, match="takes at least 460,032 evaluations a decision"):
        build(wrapped, data.data, names, 3, Choices(evaluations=400_000))
    explainer = build(wrapped, data.data, names, 3, Choices(evaluations=20_000, black_box_rows=20))
    assert "20 of the 1,797 reference rows stand for all" in explainer.notes[0]
    told = explainer.explain(data.data[:1])
    assert told.residual.max() < 1e-12


def test_five_hundred_features() -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(60, 500))).add_prefix("f")
    model = GaussianNB().fit(frame, frame["f0"] > 0)
    told = build(model, frame[:10], list(frame.columns), True, Choices(evaluations=21_000))
    found = told.explain(frame[:1])
    assert found.errors is not None and np.isfinite(found.errors).all()
    assert found.residual.max() < 1e-9


def test_log_odds_of_a_black_box() -> None:
    data = load_wine(as_frame=True)
    frame = data.data.iloc[:, :4]
    model = make_pipeline(StandardScaler(), NET).fit(frame, data.target)
    explainer = build(model, frame[::20], list(frame.columns), 1, Choices(space="log-odds"))
    assert explainer.output_space == "log-odds"

    def output(table: pd.DataFrame) -> np.ndarray:
        probability = model.predict_proba(table)[:, 1]
        return np.log(probability) - np.log1p(-probability)

    _, values = shapley_of(output, frame[::20], frame[60:61])
    np.testing.assert_allclose(explainer.explain(frame[60:61]).values, values, rtol=0, atol=1e-9)


def test_certainty_has_no_log_odds() -> None:
    model, frame = fitted("decision tree")
    names = list(frame.columns)
    with pytest.raises(Unsupported, match="no log-odds"):
        build(model, frame, names, "bad", Choices(space="log-odds"))


def test_exchanged_features_are_those_of_the_reference(network) -> None:
    explainer, frame = network
    taken = np.zeros((3, 2, frame.shape[1]), dtype=bool)
    taken[:, 1] = True
    outputs = explainer.exchanged(explainer.enter(frame[:3]), explainer.enter(frame[50:51]), taken)
    assert np.array_equal(outputs[:, 0], explainer.explain(frame[:3]).output)
    assert outputs[:, 1].tolist() == [explainer.explain(frame[50:51]).output[0]] * 3


def test_a_boosted_model_behind_a_cross_is_asked() -> None:
    data = load_wine(as_frame=True)
    frame = data.data.iloc[:, :4]
    model = make_pipeline(PolynomialFeatures(2), GradientBoostingClassifier(n_estimators=3))
    explainer = build(model.fit(frame, data.target == 1), frame[::20], list(frame.columns), True)
    assert explainer.method == "interventional Shapley, every coalition"
