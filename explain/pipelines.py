"""A fitted scikit-learn model split into what prepares its columns and what decides.

Explanations speak of raw features, trees and coefficients of transformed columns. `split` keeps
the two apart and says which raw feature each transformed column comes from. It accepts only
preparations in which every column depends on exactly one raw feature, because only then is
"replace this feature" the same act before and after the preparation; anything that mixes columns
(principal components, crosses, unknown functions) is refused.
"""

from copy import copy
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline

from explain.columns import Columns, is_idle, trace
from explain.refusals import Unsupported
from explain.rows import Table

# How many other rows of the background lend their values to the check of the split.
DONORS = 3


@dataclass(frozen=True)
class Split:
    """A model in two parts.

    features: the raw features, in the profile's order.
    inputs:   the columns the model was fitted on, in its order; None where it was fitted on a
              bare array and takes the features by position.
    steps:    the fitted transformers, in order.
    estimator: the fitted predictor at the end, told to use one thread.
    sources:  for each transformed column the position in `features` it comes from.
    raw:      which of them hold the feature's value as it is.
    """

    features: tuple[str, ...]
    inputs: tuple[str, ...] | None
    steps: tuple[Any, ...]
    estimator: Any
    sources: tuple[int, ...]
    raw: tuple[bool, ...]

    def prepare(self, rows: pd.DataFrame | Table) -> NDArray[np.float64]:
        """Return what the estimator is given for `rows`, (rows, columns)."""
        if isinstance(rows, Table) and not self.steps and not self.holds_texts(rows):
            names = self.inputs or self.features
            return np.column_stack([rows.columns[name] for name in names])
        table: Any = Entrance(self.inputs)(rows)
        for step in self.steps:
            table = step.transform(table)
        return as_matrix(table)

    def holds_texts(self, table: Table) -> bool:
        return any(column.dtype.kind != "f" for column in table.columns.values())


@dataclass(frozen=True)
class Entrance:
    """What a model is given for a table of raw features: the columns it was fitted on, in its
    order, or a bare array where it takes the features by position (inputs None)."""

    inputs: tuple[str, ...] | None

    @classmethod
    def of(cls, model: Any, features: tuple[str, ...]) -> "Entrance":
        """Raises Unsupported where the model reads what is no feature."""
        return cls(_inputs(model, features))

    def __call__(self, rows: pd.DataFrame | Table) -> Any:
        if self.inputs is None:
            return (rows.frame() if isinstance(rows, Table) else rows).to_numpy()
        if isinstance(rows, Table):
            return Table({name: rows.columns[name] for name in self.inputs}).frame()
        return rows[list(self.inputs)]


def as_matrix(table: Any) -> NDArray[np.float64]:
    """Return a prepared table (array, sparse matrix or DataFrame) as a dense float64 array."""
    dense = table.toarray() if hasattr(table, "toarray") else table
    return np.asarray(dense, dtype=np.float64)


def split(model: Any, frame: pd.DataFrame) -> Split:
    """Split a fitted Pipeline or bare estimator, whose raw features are the columns of `frame`.

    `frame` is also the sample on which the split is checked: a feature is exchanged between rows,
    and exactly its own columns must follow. Raises Unsupported.
    """
    features = tuple(frame.columns)
    *steps, estimator = apart(model)
    inputs = _inputs(model, features)
    entering = tuple(features.index(name) for name in inputs or features)
    columns = Columns(entering, inputs, (True,) * len(entering))
    for step in steps:
        columns = trace(step, columns)
    alone, raw = _alone(estimator), columns.untouched()
    parts = Split(features, inputs, tuple(steps), alone, columns.sources, raw)
    _check(parts, frame)
    return parts


@singledispatch
def apart(model: Any) -> list[Any]:
    """Return the steps of a fitted model, the estimator last. Further kinds that prepare their
    columns by themselves are added with `apart.register`."""
    return [model]


@apart.register
def _(model: Pipeline) -> list[Any]:
    steps = [step for _, step in model.steps]
    *before, last = steps
    flat = [part for step in before if not is_idle(step) for part in apart(step)]
    return [*flat, *apart(last)]


# Their threshold turns the probability into a label; the probability is that of what they hold.
@apart.register(FixedThresholdClassifier)
@apart.register(TunedThresholdClassifierCV)
def _(model: Any) -> list[Any]:
    return apart(model.estimator_)


@apart.register(GridSearchCV)
@apart.register(RandomizedSearchCV)
def _(model: Any) -> list[Any]:
    return apart(model.best_estimator_)


def single_threaded(estimator: Any) -> Any:
    """Several threads would add up a forest in any order, and so change the last bit of its output
    from call to call. The caller's own estimator is left as it is."""
    single = copy(estimator)
    if getattr(single, "n_jobs", None) is not None:
        single.n_jobs = 1
    return single


def _alone(estimator: Any) -> Any:
    """The estimator on one thread, forgetting the names of its columns: it is always given arrays, and
    neither warns of it nor pays for a DataFrame around them."""
    single = single_threaded(estimator)
    if isinstance(single, BaseEstimator):
        vars(single).pop("feature_names_in_", None)
    return single


def _inputs(model: Any, features: tuple[str, ...]) -> tuple[str, ...] | None:
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        if getattr(model, "n_features_in_", None) != len(features):
            raise Unsupported(
                "The model does not name its input columns, and their number is not the number "
                "of features in the profile."
            )
        return None
    absent = [name for name in names if name not in features]
    if absent:
        raise Unsupported(f"The model reads '{absent[0]}', which is no feature of the profile.")
    return tuple(names)


def _check(parts: Split, frame: pd.DataFrame) -> None:
    """Exchange each feature between rows and see that its own columns follow, and no other.

    The structure was read from the steps' attributes; this catches a release of scikit-learn, or a
    subclass, in which those attributes mean something else.
    """
    donors = np.unique(np.linspace(0, len(frame) - 1, DONORS + 1).astype(int))[1:]
    rows, width = [0, *donors], len(parts.features)
    prepared = _prepared(parts, frame.iloc[rows].reset_index(drop=True))
    if prepared.shape[1] != len(parts.sources):
        raise Unsupported("The model's prepared columns could not be matched to its features.")
    sources = np.asarray(parts.sources)
    for at, donor in enumerate(donors, start=1):
        mixed = frame.iloc[np.zeros(width, dtype=int)].reset_index(drop=True)
        for feature in range(width):
            mixed.iloc[feature, feature] = frame.iloc[donor, feature]
        wanted = np.where(sources[None, :] == np.arange(width)[:, None], prepared[at], prepared[0])
        if not np.array_equal(parts.prepare(mixed), wanted, equal_nan=True):
            raise Unsupported("The model's preparation computes a column from several features.")


def _prepared(parts: Split, frame: pd.DataFrame) -> NDArray[np.float64]:
    try:
        return parts.prepare(frame)
    except (TypeError, ValueError) as error:
        raise Unsupported("The model reads texts by itself, in a way that is not known.") from error
