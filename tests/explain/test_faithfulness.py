from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explain.attribution.assembly import build
from explain.faithfulness import deletion, typical
from tests.explain.cases import fitted

ROWS = pd.DataFrame({"a": [3.0, -3.0], "b": [1.0, -1.0], "c": [0.0, 0.0]})
REFERENCE = {"a": 0.0, "b": 0.0, "c": 0.0}


def added(frame: pd.DataFrame) -> np.ndarray:
    return frame.sum(axis=1).to_numpy()


def test_areas_by_hand() -> None:
    """From 4 by way of 1, 0, 0: moved 3, 4, 4 of three steps; the other row mirrors it."""
    told = deletion(added, ROWS, ROWS.to_numpy(), 0.0, REFERENCE, seed=1, orders=50)
    assert told.area.tolist() == pytest.approx([11 / 3, 11 / 3])
    worst = deletion(added, ROWS, -ROWS.to_numpy(), 0.0, REFERENCE, seed=1, orders=50)
    assert worst.area.tolist() == pytest.approx([(0 + 1 + 4) / 3] * 2)
    assert (told.random < told.area).all()
    assert (worst.beaten == 0).all()


def test_the_same_seed_gives_the_same_figures() -> None:
    first, again = (deletion(added, ROWS, ROWS.to_numpy(), 0.0, REFERENCE, seed=3) for _ in "ab")
    assert first.random.tolist() == again.random.tolist()


def test_shapley_values_of_a_real_model_beat_random_orders() -> None:
    model, frame = fitted("gradient boosting")
    explainer = build(model, frame, list(frame.columns), "bad")
    rows = explainer.schema.frame(frame[:60])
    reference = typical(explainer.schema.frame(frame))
    assert reference["purpose"] in {"car", "house", "study"}
    assert reference["constant"] == 1.5
    told = explainer.explain(rows)
    result = deletion(
        lambda table: explainer.explain(table).output,
        rows, told.values, explainer.base, reference, seed=0,
    )  # fmt: skip
    assert result.area.mean() > 1.2 * result.random.mean()


def test_a_feature_without_values_has_no_typical_one() -> None:
    frame = pd.DataFrame({"a": [np.nan, np.nan], "b": pd.Series(["x", np.nan], dtype=object)})
    assert np.isnan(typical(frame)["a"])
    assert typical(frame)["b"] == "x"
