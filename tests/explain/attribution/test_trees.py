"""The trees we read give the model's own output."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from explain.attribution import sklearn_trees  # noqa: F401  registers what is read
from explain.attribution.trees import Forest, Tree, read
from explain.refusals import Unsupported
from tests.explain.cases import FAMILIES


def leaf_value(tree: Tree, row: np.ndarray, narrow: bool) -> float:
    node = 0
    while tree.left[node] >= 0:
        value = row[tree.column[node]]
        value = np.float64(np.float32(value)) if narrow else value
        left = tree.missing_left[node] if np.isnan(value) else value <= tree.threshold[node]
        node = int(tree.left[node] if left else tree.right[node])
    return float(tree.value[node])


def total(forest: Forest, row: np.ndarray) -> float:
    return sum(leaf_value(tree, row, forest.narrow) for tree in forest.trees)


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "logistic regression"])
def test_the_trees_add_up_to_the_models_output(family: str, position: int) -> None:
    random = np.random.default_rng(1)
    rows = random.normal(size=(150, 4))
    rows[:, 2] = np.round(rows[:, 2])
    label = (rows[:, 0] + rows[:, 2] > 0.3).astype(int)
    estimator, takes_missing = clone(FAMILIES[family][0]), FAMILIES[family][1]
    if takes_missing:
        rows[::6, 0] = np.nan
    estimator.fit(rows, label)
    forest = read(estimator, position)
    totals = np.array([total(forest, row) for row in rows])
    if forest.space == "probability":
        expected = estimator.predict_proba(rows)[:, position]
    else:
        side = 1 if position else -1
        expected = side * forest.scale * estimator.decision_function(rows)
        expected -= np.median(expected - totals)
    np.testing.assert_allclose(totals, expected, rtol=0, atol=1e-12)


def test_other_kinds_are_refused() -> None:
    with pytest.raises(Unsupported, match="kind LogisticRegression"):
        read(LogisticRegression(), 1)
