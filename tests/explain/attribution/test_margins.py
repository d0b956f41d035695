from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

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
    assert np.array_equal(other, -model.decision_function(ROWS))
    assert np.array_equal(
        Margin(model, "probability", 0, 1.0)(ROWS), model.predict_proba(ROWS)[:, 0]
    )
