"""The quick way into a pipeline gives what its steps give, to the last bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder

from explain.attribution import entering
from explain.attribution.entering import KnownTexts
from explain.pipelines import split
from explain.rows import RowSchema
from tests.explain.cases import applicants

SCHEMA = RowSchema.of(applicants()[0], list(applicants()[0].columns))


def known(numbers: object = "passthrough", unknown: str = "ignore") -> KnownTexts | None:
    frame, label = applicants()
    frame = SCHEMA.frame(frame)
    steps = ColumnTransformer(
        [
            ("hot", OneHotEncoder(handle_unknown=unknown), ["purpose"]),
            ("numbers", numbers, ["debts", "constant", "member"]),
            ("by target", TargetEncoder(random_state=0), ["purpose"]),
        ]
    )
    model = Pipeline([("prepare", steps), ("decide", GradientBoostingClassifier(n_estimators=2))])
    return KnownTexts.of(split(model.fit(frame, label), frame), SCHEMA)


def test_rows_come_out_as_the_steps_make_them_new_texts_and_missing_ones_too() -> None:
    way = known()
    assert way is not None
    frame = applicants()[0][:40].copy()
    frame.loc[3, "purpose"] = "a submarine"
    table = SCHEMA.table(frame)
    wanted = way.parts.prepare(table)
    for _ in range(2):
        np.testing.assert_array_equal(way.prepare(table), wanted)
    assert set(way.made["purpose"]) == {"car", "house", "study", "a submarine", None}
    alone = SCHEMA.table(frame[3:4])
    np.testing.assert_array_equal(way.prepare(alone), wanted[3:4])


def test_what_the_steps_refuse_is_refused_and_not_learnt() -> None:
    way = known(unknown="error")
    assert way is not None
    frame = applicants()[0][:2].assign(purpose="a submarine")
    for _ in range(2):
        with pytest.raises(ValueError, match="unknown categories"):
            way.prepare(SCHEMA.table(frame))


def test_columns_computed_from_numbers_leave_it_to_the_steps() -> None:
    assert known(StandardScaler()) is None


def test_no_more_texts_are_kept_than_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "MOST", 2)
    way = known()
    assert way is not None
    frame = applicants()[0]
    for text in ("a", "b", "c", "d"):
        table = SCHEMA.table(frame[:2].assign(purpose=text))
        np.testing.assert_array_equal(way.prepare(table), way.parts.prepare(table))
    assert set(way.made["purpose"]) == {"d"}


def test_many_rows_are_left_to_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "FEW", 3)
    way = known()
    assert way is not None
    table = SCHEMA.table(pd.concat([applicants()[0]] * 2))
    np.testing.assert_array_equal(way.prepare(table), way.parts.prepare(table))
    assert way.made["purpose"] == {}
