from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explain.attribution.assembly import build
from explain.faithfulness import Faithfulness, faithfulness, steps, typical
from tests.explain.cases import fitted

ROWS = np.array([[4.0, 2.0, 1.0], [-4.0, -2.0, -1.0]])


def sums(taken: np.ndarray) -> np.ndarray:
    """The model adds its features up; the reference is 0 everywhere."""
    return (ROWS[:, None, :] * ~taken).sum(axis=2)


def tried(values: np.ndarray, seed: int = 1) -> Faithfulness:
    told = faithfulness(sums, values, 0.0, ROWS.sum(axis=1), seed=seed)
    assert told is not None
    return told


def test_steps_are_the_first_and_the_last_few() -> None:
    assert [steps(n).tolist() for n in (1, 2, 3, 20)] == [
        [],
        [1],
        [1, 2],
        [1, 2, 4, 16, 18, 19],
    ]


def test_areas_by_hand() -> None:
    """From 7 by way of 3 and 1; back from 0 by way of 4 and 6. The other row mirrors it."""
    best, worst = tried(ROWS), tried(-ROWS)
    assert best.deletion.tolist() == best.insertion.tolist() == [5.0, 5.0]
    assert worst.deletion.tolist() == worst.insertion.tolist() == [2.0, 2.0]
    for told in (best, worst):
        assert (told.deletion_random >= 2.0).all() and (told.deletion_random <= 5.0).all()
        # What is left of 7 after a random deletion is a random insertion.
        assert (told.deletion_random + told.insertion_random).tolist() == [7.0, 7.0]


def test_the_same_seed_gives_the_same_figures_whatever_rows_stand_beside() -> None:
    first, again = tried(ROWS, 3), tried(ROWS[::-1], 3)
    assert first.deletion_random.tolist() == again.deletion_random.tolist()


def test_a_single_feature_has_no_order() -> None:
    assert faithfulness(sums, np.ones((2, 1)), 0.0, np.ones(2), seed=0) is None


def test_shapley_values_of_a_real_model_beat_random_orders() -> None:
    model, frame = fitted("gradient boosting")
    explainer = build(model, frame, list(frame.columns), "bad")
    usual = typical(explainer.schema.frame(frame))
    assert usual["purpose"] in {"car", "house", "study"}
    assert usual["constant"] == 1.5
    told = explainer.explain(frame[:60])
    found = faithfulness(
        lambda taken: explainer.exchanged(
            explainer.enter(frame[:60]), explainer.enter([usual]), taken
        ),
        told.values,
        explainer.base,
        told.output,
        seed=0,
    )
    assert found is not None
    assert found.deletion.mean() > 1.2 * found.deletion_random.mean()
    assert found.insertion.mean() > 1.2 * found.insertion_random.mean()
    assert found.deletion.mean() == pytest.approx(found.insertion.mean(), rel=1.0)


def test_a_feature_without_values_has_no_typical_one() -> None:
    frame = pd.DataFrame({"a": [np.nan, np.nan], "b": pd.Series(["x", np.nan], dtype=object)})
    assert np.isnan(typical(frame)["a"])
    assert typical(frame)["b"] == "x"
