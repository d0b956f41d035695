"""Decisions of every task become explanations, or a sentence that says why not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from explain.computation import Declined, Finished, Task, compute
from explain.engines import Engine, assemble
from tests.explain.versions import specified, version

WINE = load_wine(as_frame=True)
FRAME = WINE.data.iloc[:, :6]
KINDS = RandomForestClassifier(12, max_depth=4, random_state=0).fit(FRAME, WINE.target)


def engine_of(model: Any, frame: pd.DataFrame, **said: Any) -> Engine:
    return assemble(version(model, frame, specified(frame, **said)))


@pytest.fixture(scope="module")
def kinds() -> Engine:
    labels = {"barolo": 0, "grignolino": 1, "barbera": 2}
    return engine_of(KINDS, FRAME, task="multiclass", labels=labels)


def decided(at: int, **changed: Any) -> Task:
    probabilities = KINDS.predict_proba(FRAME[at : at + 1])[0]
    best = int(probabilities.argmax())
    said: dict[str, Any] = {
        "features": FRAME.iloc[at].to_dict(),
        "label": ["barolo", "grignolino", "barbera"][best],
        "score": float(probabilities[best]),
        "threshold": None,
    }
    return Task(**{**said, **changed})


def test_each_decision_is_explained_by_the_class_it_recorded(kinds: Engine) -> None:
    places = [3, 170, 80, 60, 5]
    told = compute(kinds, [decided(at) for at in places])
    for at, result in zip(places, told, strict=True):
        assert isinstance(result, Finished)
        figures = result.figures
        probabilities = KINDS.predict_proba(FRAME[at : at + 1])[0]
        assert figures["explained"] == str(probabilities.argmax())
        assert figures["score"] == pytest.approx(probabilities.max(), abs=1e-12)
        assert figures["probability"] == figures["score"]
        assert figures["base"] + sum(figures["phi"]) == pytest.approx(figures["output"], abs=1e-9)
        assert figures["errors"] is None and figures["standard_error"] is None
        assert -1 <= figures["stability"] <= 1
        assert figures["deletion"] > 0 and figures["insertion"] > 0
    assert {one.figures["explained"] for one in told} == {"0", "1", "2"}


def test_only_classes_that_are_decided_are_built() -> None:
    found = engine_of(KINDS, FRAME, task="multiclass")
    assert found.ready() == []
    compute(found, [Task(FRAME.iloc[0].to_dict(), "0", None, None)])
    assert [one.named for one in found.ready()] == ["0"]
    before = found.nbytes
    compute(found, [Task(FRAME.iloc[170].to_dict(), None, None, None)])
    assert [one.named for one in found.ready()] == ["0", "2"]
    assert found.nbytes > before


def test_a_class_alone_and_among_others_gives_the_same_figures(kinds: Engine) -> None:
    tasks = [decided(at) for at in (3, 170, 80)]
    together = compute(kinds, tasks)
    for task, result in zip(tasks, together, strict=True):
        alone = compute(kinds, [task])[0]
        for name in ("phi", "lime_weights", "stability", "deletion", "insertion_random"):
            assert alone.figures[name] == result.figures[name]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"label": "barbera"}, "the artefact chooses '0', the decision recorded 'barbera'"),
        ({"label": "merlot"}, "recorded 'merlot'"),
        ({"score": 0.1}, "the decision recorded 0.100000"),
        ({"features": {}}, "No features were recorded with this decision"),
        ({"features": {"ash": 2.0}}, "lacks the feature 'alcohol'"),
    ],
)
def test_what_is_not_reproduced_is_declined_alone(kinds: Engine, changed, words: str) -> None:
    told = compute(kinds, [decided(3, **changed), decided(3)])
    assert isinstance(told[0], Declined) and words in told[0].detail
    assert isinstance(told[1], Finished)


@pytest.fixture(scope="module")
def prices() -> tuple[Engine, pd.DataFrame, np.ndarray]:
    data = load_diabetes(as_frame=True)
    model = RandomForestRegressor(8, max_depth=4, random_state=0).fit(data.data, data.target)
    found = engine_of(model, data.data, task="regression", positive=0, threshold=150.0, unit="mg")
    return found, data.data, model.predict(data.data)


def test_a_prediction_is_explained_in_its_unit(prices) -> None:
    engine, frame, predicted = prices
    label = "deny" if predicted[4] >= 150 else "approve"
    tasks = [
        Task(frame.iloc[4].to_dict(), label, None, None),
        Task(frame.iloc[4].to_dict(), None, float(predicted[4]) * (1 + 1e-9), None),
        Task(frame.iloc[4].to_dict(), label, None, 1000.0 if label == "deny" else 0.0),
        Task(frame.iloc[4].to_dict(), None, float(predicted[4]) + 0.01, None),
    ]
    good, scored, other, changed = compute(engine, tasks)
    for result in (good, scored):
        assert isinstance(result, Finished)
        assert result.figures["output_space"] == "prediction"
        assert result.figures["explained"] == ""
        assert result.figures["probability"] is None
        assert result.figures["score"] == pytest.approx(predicted[4], rel=1e-12)
        assert result.figures["base"] == pytest.approx(predicted.mean(), rel=1e-9)
    assert isinstance(other, Declined) and "at the threshold" in other.detail
    assert isinstance(changed, Declined) and "not reproduced" in changed.detail


def test_an_estimate_carries_its_errors() -> None:
    frame = WINE.data
    model = GaussianNB().fit(frame, WINE.target == 1)
    engine = engine_of(model, frame[:30], positive=True, evaluations=30 * 200)
    told = compute(engine, [Task(frame.iloc[7].to_dict(), None, None, None)])[0]
    assert isinstance(told, Finished)
    assert len(told.figures["errors"]) == len(frame.columns)
    assert told.figures["standard_error"] == max(told.figures["errors"])
    assert engine.batch() >= 1


def test_a_single_feature_has_no_order_to_be_faithful_to() -> None:
    frame = FRAME[["alcohol"]]
    model = LogisticRegression().fit(frame, WINE.target == 0)
    told = compute(
        engine_of(model, frame, positive=True), [Task(frame.iloc[0].to_dict(), None, None, None)]
    )[0]
    assert isinstance(told, Finished)
    assert told.figures.get("deletion") is None
    assert told.figures["rank_agreement"] is None and told.figures["stability"] is None
