"""Exactness of every family against the definition, and what is promised of an explainer."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from explain.attribution.assembly import build
from explain.attribution.contract import Choices
from explain.refusals import BadRows, Unsupported
from tests.explain.brute_force import margin, shapley
from tests.explain.cases import FAMILIES, applicants, fitted, german, one_hot

BOOSTED = {name for name in FAMILIES if "boosting" in name}


@pytest.mark.parametrize("positive", ["bad", "good"])
@pytest.mark.parametrize("family", FAMILIES)
def test_values_are_the_shapley_values_of_the_definition(family: str, positive: str) -> None:
    model, frame = fitted(family)
    background, rows = frame[:12], frame[100:103]
    explainer = build(model, background, list(frame.columns), positive)
    told = explainer.explain(rows)
    base, values = shapley(model, positive, background, rows)
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-10)
    assert explainer.base == pytest.approx(base, abs=1e-10)
    np.testing.assert_allclose(told.output, margin(model, positive, rows), rtol=0, atol=1e-12)
    assert told.residual.max() < 1e-12


def test_ten_real_features_against_the_definition() -> None:
    data = load_wine(as_frame=True)
    kept = data.target < 2
    frame = data.data[kept].iloc[:, :10].reset_index(drop=True)
    estimator = HistGradientBoostingClassifier(max_iter=20, min_samples_leaf=4, random_state=1)
    model = estimator.fit(frame, data.target[kept])
    told = build(model, frame[::30], list(frame.columns), 1).explain(frame[3:5])
    _, values = shapley(model, 1, frame[::30], frame[3:5])
    np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_space_method_and_class_are_named(family: str) -> None:
    model, frame = fitted(family)
    explainer = build(model, frame[:5], list(frame.columns), "bad")
    logs = family in BOOSTED or family == "logistic regression"
    assert explainer.output_space == ("log-odds" if logs else "probability")
    kind = "linear" if family == "logistic regression" else "tree"
    assert explainer.method == f"interventional {kind} Shapley, grouped"
    assert explainer.positive_class == "bad"
    assert explainer.nbytes > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_unseen_categories_and_missing_values_go_the_way_of_the_pipeline(family: str) -> None:
    model, frame = fitted(family)
    rows = frame[:4].copy()
    rows["purpose"] = ["boat", None, "car", float("nan")]
    rows.loc[[0, 2], "income"] = None
    told = build(model, frame[20:60], list(frame.columns), "good").explain(rows)
    np.testing.assert_allclose(told.output, margin(model, "good", rows), rtol=0, atol=1e-12)
    assert told.residual.max() < 1e-12


def test_what_the_pipeline_refuses_is_refused() -> None:
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [0.0, 1, 1, 0]})
    model = GradientBoostingClassifier(n_estimators=2).fit(frame, [0, 1, 1, 0])
    explainer = build(model, frame, ["a", "b"], 1)
    with pytest.raises(ValueError, match="contains NaN"):
        explainer.explain([{"a": None, "b": 1}])
    with pytest.raises(BadRows, match="'a' should be a number"):
        explainer.explain([{"a": "many", "b": 1}])


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def warm(request: pytest.FixtureRequest):
    model, frame = fitted(request.param)
    explainer = build(model, frame[:50], list(frame.columns), "bad")
    many = pd.concat([frame] * 2, ignore_index=True)
    return explainer, many, explainer.explain(many)


@settings(max_examples=8, deadline=None)
@given(chosen=st.lists(st.integers(0, 479), min_size=1, max_size=300))
def test_a_row_is_explained_alike_to_the_last_bit_in_any_company(warm, chosen: list[int]) -> None:
    explainer, many, whole = warm
    told = explainer.explain(many.iloc[chosen])
    for part in ("values", "output", "residual"):
        assert np.array_equal(getattr(told, part), getattr(whole, part)[chosen])


def test_mappings_and_tables_are_explained_alike(warm) -> None:
    explainer, many, whole = warm
    told = explainer.explain(many[:9].to_dict("records"))
    assert np.array_equal(told.values, whole.values[:9])


def test_an_explainer_survives_pickling(warm) -> None:
    explainer, many, whole = warm
    again = pickle.loads(pickle.dumps(explainer))  # noqa: S301  our own bytes
    assert np.array_equal(again.explain(many).values, whole.values)
    assert again.nbytes == explainer.nbytes


def test_the_score_is_the_models_own() -> None:
    model, frame = fitted("histogram boosting")
    explainer = build(model, frame[:20], list(frame.columns), "bad")
    bad = list(model.classes_).index("bad")
    np.testing.assert_allclose(
        explainer.score(frame), model.predict_proba(frame)[:, bad], rtol=0, atol=1e-15
    )
    assert np.array_equal(explainer.score(frame), explainer.explain(frame).score)


def test_the_order_of_the_features_is_the_callers() -> None:
    model, frame = fitted("random forest")
    names = list(frame.columns)
    forwards = build(model, frame[:30], names, "bad").explain(frame[:5])
    backwards = build(model, frame[:30], names[::-1], "bad").explain(frame[:5])
    assert backwards.features == tuple(names[::-1])
    np.testing.assert_allclose(backwards.values[:, ::-1], forwards.values, rtol=0, atol=1e-14)


def test_a_feature_the_model_never_reads_has_no_part() -> None:
    model, frame = fitted("gradient boosting")
    wider = frame.assign(shoe=range(len(frame)))
    told = build(model, wider[:30], list(wider.columns), "bad").explain(wider[:5])
    assert np.array_equal(told.values[:, -1], np.zeros(5))


def test_the_constant_has_no_part_and_duplicates_are_told_apart() -> None:
    model, frame = fitted("gradient boosting")
    names = list(frame.columns)
    told = build(model, frame[:30], names, "bad").explain(frame)
    assert np.array_equal(told.values[:, names.index("constant")], np.zeros(len(frame)))


def test_the_whole_background_counts() -> None:
    """Twice the same background is the same game; a part of it is another."""
    model, frame = fitted("histogram boosting")
    names = list(frame.columns)
    once = build(model, frame, names, "bad").explain(frame[:20]).values
    twice = build(model, pd.concat([frame, frame]), names, "bad").explain(frame[:20]).values
    part = build(model, frame[:100], names, "bad").explain(frame[:20]).values
    np.testing.assert_allclose(twice, once, rtol=0, atol=1e-13)
    assert np.abs(part - once).max() > 1e-3


def test_a_single_leaf_and_a_single_feature() -> None:
    frame = pd.DataFrame({"a": np.arange(40.0)})
    flat = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=50)
    told = build(flat.fit(frame, [0, 1] * 20), frame, ["a"], 1).explain(frame[:2])
    assert np.array_equal(told.values, np.zeros((2, 1)))
    stump = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5)
    stump.fit(frame, frame["a"] > 20)
    explainer = build(stump, frame, ["a"], True)
    told = explainer.explain(frame)
    np.testing.assert_allclose(told.values[:, 0], told.output - explainer.base, atol=1e-13)


def test_a_model_fitted_on_a_bare_array_takes_the_features_by_position() -> None:
    frame, label = applicants()
    numbers = frame[["debts", "income again", "constant"]]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(numbers.to_numpy(), label)
    told = build(model, numbers, list(numbers.columns), "bad").explain(numbers[:3])
    expected = margin(model, "bad", numbers[:3].to_numpy())
    np.testing.assert_allclose(told.output, expected, rtol=0, atol=1e-12)
    assert told.residual.max() < 1e-12


# shap as oracle: where its parser and its float32 do no harm. It knows no grouped players, so the
# columns here are the features.


def test_shap_agrees_on_gradient_boosting() -> None:
    frame, label = german()
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    model = Pipeline(
        [
            ("code", ColumnTransformer([("t", OrdinalEncoder(), texts)], remainder="passthrough")),
            ("trees", GradientBoostingClassifier(n_estimators=40, random_state=0)),
        ]
    ).fit(frame, label)
    told = build(model, frame[:60], list(frame.columns), "yes").explain(frame[700:720])
    coded = model[0].transform(frame).astype(float)
    oracle = shap.TreeExplainer(model[-1], coded[:60], feature_perturbation="interventional")
    order = [*texts, *(name for name in frame if name not in texts)]
    places = [order.index(name) for name in frame]
    expected = oracle.shap_values(coded[700:720])[:, places]
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=1e-6)


def test_shap_agrees_on_a_random_forest_and_a_linear_model() -> None:
    """Values are rounded to eighths, so that shap's narrowing moves no threshold past a value; on
    the values as they come its forest is 5e-5 off."""
    data = load_breast_cancer(as_frame=True)
    frame = (data.data * 8).round() / 8
    rows, names = frame[300:320], list(frame.columns)
    forest = RandomForestClassifier(20, max_depth=5, random_state=0).fit(frame, data.target)
    told = build(forest, frame[:50], names, 1).explain(rows)
    oracle = shap.TreeExplainer(forest, frame[:50], feature_perturbation="interventional")
    np.testing.assert_allclose(told.values, oracle.shap_values(rows)[..., 1], rtol=0, atol=1e-6)
    scaled = StandardScaler().fit(frame)
    linear = LogisticRegression().fit(scaled.transform(frame), data.target)
    told = build(make_pipeline(scaled, linear), frame[:50], names, 1).explain(rows)
    oracle = shap.LinearExplainer(linear, scaled.transform(frame[:50]))
    expected = oracle.shap_values(scaled.transform(rows))
    np.testing.assert_allclose(told.values, expected, rtol=0, atol=1e-10)


def test_histogram_boosting_is_exact_where_shap_is_not() -> None:
    """shap 0.51 keeps thresholds in float32; here a split lies between two float32 neighbours."""
    step = 1e-9
    frame = pd.DataFrame({"a": 1 + step * np.arange(40), "b": np.arange(40.0) % 3})
    label = (frame["a"] > 1 + 20 * step).astype(int)
    model = HistGradientBoostingClassifier(max_iter=10, min_samples_leaf=2).fit(frame, label)
    told = build(model, frame, ["a", "b"], 1).explain(frame)
    assert told.residual.max() < 1e-12
    _, values = shapley(model, 1, frame, frame[18:23])
    np.testing.assert_allclose(told.values[18:23], values, rtol=0, atol=1e-10)
    oracle = shap.TreeExplainer(model, frame, feature_perturbation="interventional")
    narrowed = oracle.shap_values(frame, check_additivity=False)
    assert np.abs(narrowed - told.values).max() > 0.1


def test_one_hot_columns_are_one_player_not_a_sum_of_players() -> None:
    frame, label = german()
    model = Pipeline(
        [
            ("code", one_hot(frame)),
            ("trees", GradientBoostingClassifier(n_estimators=40, max_depth=4, random_state=0)),
        ]
    ).fit(frame, label)
    told = build(model, frame[:60], list(frame.columns), "yes").explain(frame[700:760])
    assert told.residual.max() < 1e-12
    coded = model[0].transform(frame)
    oracle = shap.TreeExplainer(model[-1], coded[:60], feature_perturbation="interventional")
    columns = oracle.shap_values(coded[700:760])
    start = model[0].output_indices_["texts"].start
    width = len(model[0].named_transformers_["texts"].categories_[0])
    summed = columns[:, start : start + width].sum(axis=1)
    first = list(frame.columns).index(model[0].transformers_[0][2][0])
    assert np.abs(summed - told.values[:, first]).max() > 1e-3


def test_unknown_classes_are_refused() -> None:
    model, frame = fitted("random forest")
    with pytest.raises(Unsupported, match="'bad' and 'good', not 'ugly'"):
        build(model, frame, list(frame.columns), "ugly")


@pytest.mark.parametrize(
    ("model", "numbers"),
    [
        # Its part of the output belongs to no tree.
        (GradientBoostingClassifier(n_estimators=3, init=LogisticRegression()), ["debts"]),
        (CalibratedClassifierCV(LogisticRegression()), ["debts", "constant"]),
    ],
    ids=["an initial model that varies", "calibration"],
)
def test_what_cannot_be_read_is_asked(model, numbers: list[str]) -> None:
    frame, label = applicants()
    model.fit(frame[numbers], label)
    told = build(model, frame[:40], numbers, "bad").explain(frame[:5])
    assert told.residual.max() < 1e-12
    positive = list(model.classes_).index("bad")
    expected = model.predict_proba(frame[:5][numbers])[:, positive]
    np.testing.assert_allclose(told.output, expected, rtol=0, atol=1e-12)


def test_tables_beyond_the_limit_are_left_to_shap_and_said_to_be() -> None:
    model, frame = fitted("random forest")
    explainer = build(model, frame, list(frame.columns), "bad", Choices(table_limit=10_000))
    told = explainer.explain(frame[:9])
    assert (
        explainer.method == f"path-dependent tree SHAP by shap {shap.__version__}, columns summed"
    )
    assert "MiB are allowed" in explainer.notes[0]
    assert told.residual.max() < 1e-9


def test_exchanged_features_are_those_of_the_reference(warm) -> None:
    explainer, many, whole = warm
    width = len(many.columns)
    taken = np.zeros((7, 3, width), dtype=bool)
    taken[:, 1] = True
    taken[:, 2, 1::2] = True
    outputs = explainer.exchanged(explainer.enter(many[:7]), explainer.enter(many[50:51]), taken)
    other = many[:7].copy()
    for name in many.columns[1::2]:
        other[name] = many[name].iloc[50]
    np.testing.assert_allclose(outputs[:, 0], whole.output[:7], rtol=0, atol=1e-12)
    np.testing.assert_allclose(outputs[:, 1], whole.output[50], rtol=0, atol=1e-12)
    np.testing.assert_allclose(outputs[:, 2], explainer.explain(other).output, rtol=0, atol=1e-12)
