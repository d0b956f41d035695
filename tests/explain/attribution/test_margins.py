from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.svm import LinearSVC

from explain.attribution.margins import Margin, position_of
from explain.refusals import Unsupported

ROWS, LABEL = np.arange(20.0)[:, None], np.arange(20) > 9


def test_classes_are_found_by_value() -> None:
    forest = RandomForestClassifier(1).fit(ROWS, LABEL)
    assert [position_of(forest, positive) for positive in (False, True)] == [0, 1]
    with pytest.raises(Unsupported, match="'False' and 'True', not 'yes'"):
        position_of(forest, "yes")


def test_the_margin_of_one_class_is_that_of_the_other_turned_round() -> None:
    model = GradientBoostingClassifier(n_estimators=3).fit(ROWS, LABEL)
    other = Margin(model, "log-odds", 0, -1.0)(ROWS)
    assert np.array_equal(other.output, -model.decision_function(ROWS))
    np.testing.assert_allclose(other.score, model.predict_proba(ROWS)[:, 0], rtol=0, atol=1e-15)
    assert np.array_equal(
        Margin(model, "probability", 0)(ROWS).score, model.predict_proba(ROWS)[:, 0]
    )


def test_one_of_several_classes_and_a_regression() -> None:
    three = GradientBoostingClassifier(n_estimators=3).fit(ROWS, np.arange(20) % 3)
    said = Margin(three, "margin", 2)(ROWS)
    assert np.array_equal(said.output, three.decision_function(ROWS)[:, 2])
    np.testing.assert_allclose(said.score, three.predict_proba(ROWS)[:, 2], rtol=0, atol=1e-15)
    line = LinearRegression().fit(ROWS, np.arange(20.0))
    assert position_of(line, None) == 0
    assert np.array_equal(Margin(line, "prediction", 0)(ROWS).output, line.predict(ROWS))


@pytest.mark.parametrize(
    ("model", "positive", "words"),
    [
        (LinearRegression().fit(ROWS, np.stack([LABEL, LABEL], axis=1)), None, "one output"),
        (RandomForestClassifier(1).fit(ROWS, np.stack([LABEL, LABEL], axis=1)), True, "one output"),
        (RandomForestClassifier(1).fit(ROWS, LABEL), None, "does not predict a number"),
        (LinearRegression().fit(ROWS, LABEL), True, "does not choose between classes"),
        (LinearSVC().fit(ROWS, LABEL), True, "no probability"),
    ],
    ids=["two targets", "two labels", "no regression", "no classes", "no probability"],
)
def test_what_has_no_such_output_is_refused(model, positive, words: str) -> None:
    with pytest.raises(Unsupported, match=words):
        position_of(model, positive)
