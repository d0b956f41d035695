"""From a file to an explanation: every family on real data, adding up to the model's own output."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from explain.attribution.assembly import build
from explain.attribution.contract import Choices
from explain.formats import catboost, registry
from explain.refusals import Unsupported
from tests.explain.cases import german
from tests.explain.formats.made import RULES, loaded, made

FEW = Choices(evaluations=20_000, black_box_rows=10)
SPACES = {
    "german": "log-odds",
    "breast cancer": "log-odds",
    "wine": "margin",
    "diabetes": "prediction",
}
METHODS = {
    "xgboost": "interventional tree Shapley, grouped",
    "lightgbm": "interventional tree Shapley, grouped",
    "catboost": "interventional tree Shapley, grouped",
}


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("family", METHODS)
def test_boosted_trees_are_explained_exactly(family: str, name: str) -> None:
    one = made(family, name)
    model = loaded(one.kind, one.content)
    for positive in model.classes_ if one.classes else [None]:
        explainer = build(model, one.rows[:80], list(one.rows), positive, Choices())
        told = explainer.explain(one.rows[80:120])
        assert explainer.method == METHODS[family]
        assert explainer.output_space == SPACES[name]
        assert told.residual.max() <= explainer.tolerance * max(1, np.abs(told.output).max())
        said = one.said[80:120]
        expected = said[:, list(model.classes_).index(positive)] if one.classes else said
        np.testing.assert_allclose(told.score, expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", ["breast cancer", "wine", "diabetes"])
def test_onnx_is_explained_by_asking(name: str) -> None:
    one = made("onnx", name)
    rows = one.rows.iloc[:, :]
    model = loaded(one.kind, one.content)
    positive = 1 if one.classes else None
    explainer = build(model, rows[:30], list(rows), positive, FEW)
    told = explainer.explain(rows[40:42])
    assert told.residual.max() <= explainer.tolerance * max(1, np.abs(told.output).max())


@pytest.mark.parametrize(
    "estimator",
    [
        xgboost.XGBClassifier(n_estimators=8, max_depth=3),
        LGBMClassifier(n_estimators=8, num_leaves=8, verbose=-1),
        CatBoostClassifier(iterations=8, depth=3, verbose=0, allow_writing_files=False),
        GradientBoostingClassifier(n_estimators=8),
        FixedThresholdClassifier(GradientBoostingClassifier(n_estimators=8), threshold=0.3),
        TunedThresholdClassifierCV(LogisticRegression(max_iter=200), cv=2),
        LogisticRegression(max_iter=200),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("sparse", [0.0, 1.0], ids=["dense", "sparse"])
def test_pipelines_in_skops_are_split_and_explained(estimator: object, sparse: float) -> None:
    frame, label = german()
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    encoder = OneHotEncoder(handle_unknown="ignore")
    prepare = ColumnTransformer(
        [("texts", encoder, texts)], remainder=StandardScaler(), sparse_threshold=sparse
    )
    fitted = make_pipeline(prepare, estimator).fit(frame, (label == label.iloc[0]).astype(int))
    model = registry.load("skops", bytes(skops.io.dumps(fitted)), RULES)
    explainer = build(model, frame[:60], list(frame), 1, Choices())
    told = explainer.explain(frame[60:90])
    assert "Shapley" in explainer.method
    assert len(told.features) == frame.shape[1]
    assert told.residual.max() <= explainer.tolerance * max(1, np.abs(told.output).max())
    np.testing.assert_allclose(
        told.score, fitted.predict_proba(frame[60:90])[:, 1], rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(
    "estimator",
    [
        MLPClassifier((6,), max_iter=30, random_state=0),
        SVC(),
        CalibratedClassifierCV(GradientBoostingClassifier(n_estimators=4), cv=2),
        CalibratedClassifierCV(LogisticRegression(), cv=2, method="isotonic"),
    ],
    ids=["mlp", "svc", "calibrated", "isotonic"],
)
def test_other_models_of_scikit_learn_load_and_answer(estimator: object) -> None:
    rows, label = (
        made("onnx", "wine").rows,
        made("onnx", "wine").model.predict(made("onnx", "wine").rows),
    )
    fitted = make_pipeline(StandardScaler(), estimator).fit(rows, label)
    model = registry.load("skops", bytes(skops.io.dumps(fitted)), RULES)
    ask = "predict_proba" if hasattr(fitted, "predict_proba") else "decision_function"
    np.testing.assert_array_equal(getattr(model, ask)(rows), getattr(fitted, ask)(rows))


def test_catboosts_own_texts_are_explained() -> None:
    frame, label = german()
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    frame = frame.astype(dict.fromkeys(texts, object))
    fitted = CatBoostClassifier(
        iterations=10, depth=4, verbose=0, allow_writing_files=False, cat_features=texts
    )
    fitted.fit(frame, (label == label.iloc[0]).astype(int))
    model = loaded("catboost", bytes(fitted._serialize_model()))
    np.testing.assert_allclose(
        model.predict_proba(frame), fitted.predict_proba(frame), rtol=0, atol=1e-12
    )
    explainer = build(model, frame[:50], list(frame), 1, Choices())
    asked = frame[50:60].copy()
    asked.iloc[0, frame.columns.get_loc(texts[0])] = "never seen"
    told = explainer.explain(asked)
    assert told.residual.max() < 1e-9
    assert explainer.method == METHODS["catboost"]
    alone = explainer.explain(asked[:1])
    np.testing.assert_array_equal(alone.values[0], told.values[0])


def test_catboost_with_free_text_and_an_embedding_is_refused_by_name() -> None:
    frame, label = german()
    rows = frame[["age"]].assign(
        story=frame["purpose"].astype(str) + " in " + frame["housing"].astype(str),
        taste=[[float(at % 3), float(at % 5)] for at in range(len(frame))],
    )
    model = CatBoostClassifier(
        iterations=4, depth=2, verbose=0, allow_writing_files=False, thread_count=1,
        text_features=["story"], embedding_features=["taste"],
    )  # fmt: skip
    model.fit(rows, (label == "no").astype(int))
    content = bytes(model._serialize_model())
    registry.check("catboost", content, RULES)
    with pytest.raises(Unsupported) as refused:
        catboost.load(content, RULES)
    assert str(refused.value) == (
        "The CatBoost model reads 'story' as free text and 'taste' as an embedding, of which CatBoost gives no exact "
        "contributions. Make numbers or categories of such a feature before the model sees it (a count, a topic, a "
        "score of another model), train without text_features and embedding_features, and register that as a new "
        "version."
    )
    assert refused.value.cause == "unsupported"
