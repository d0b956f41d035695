"""HistGradientBoosting with categorical columns of its own, taken apart.

It numbers its categories before it asks its trees, and puts these columns first. Both become steps
before it; and of every set of categories that a tree tests one column is made, so that each test
compares with a number.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from explain.attribution.contract import Floats
from explain.formats.steps import Categories
from explain.pipelines import apart

Set = tuple[int, tuple[int, ...]]
WORD = 32


@dataclass(frozen=True)
class Histogram:
    """estimator: scikit-learn's, asked with columns that are numbered already.

    width: how many columns it takes itself. sets: what the columns after them stand for: of a
    column, which categories go left.
    """

    estimator: Any
    width: int
    sets: tuple[Set, ...]
    place: dict[Set, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        numbered = {one: self.width + at for at, one in enumerate(self.sets)}
        object.__setattr__(self, "place", numbered)

    @property
    def classes_(self) -> NDArray[Any]:
        return np.asarray(self.estimator.classes_)

    def decision_function(self, table: Floats) -> Floats:
        return np.asarray(self.estimator.decision_function(table[:, : self.width]))

    def predict_proba(self, table: Floats) -> Floats:
        return np.asarray(self.estimator.predict_proba(table[:, : self.width]))

    def predict(self, table: Floats) -> NDArray[Any]:
        return np.asarray(self.estimator.predict(table[:, : self.width]))


@apart.register(HistGradientBoostingClassifier)
@apart.register(HistGradientBoostingRegressor)
def _(model: Any) -> list[Any]:
    if model.is_categorical_ is None:
        return [model]
    bare = copy(model)
    # Without its preparation it takes numbered columns, and knows no names of them.
    bare._preprocessor = None
    vars(bare).pop("feature_names_in_", None)
    sets = tuple(sorted(set(_sets(bare))))
    prepared = [model._preprocessor, Categories({}, sets)]
    return [*prepared, Histogram(bare, bare.n_features_in_, sets)]


def _sets(estimator: Any) -> Iterator[Set]:
    for stage in estimator._predictors:
        for predictor in stage:
            yield from sets_of(predictor).values()


def sets_of(predictor: Any) -> dict[int, Set]:
    """Return for each node of a tree that tests a category the column and the members, which go left."""
    nodes = predictor.nodes
    tests = np.flatnonzero(nodes["is_categorical"].astype(bool) & ~nodes["is_leaf"].astype(bool))
    return {
        int(node): (
            int(nodes["feature_idx"][node]),
            _members(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]]),
        )
        for node in tests
    }


def _members(words: NDArray[np.uint32]) -> tuple[int, ...]:
    bits = words[:, None] >> np.arange(WORD, dtype=np.uint32) & 1
    return tuple(np.flatnonzero(bits.ravel()).tolist())
