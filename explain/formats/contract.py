"""What every format gives, whatever library reads it. Imports numpy alone."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Model(Protocol):
    """A loaded model with the surface of scikit-learn's estimators.

    kind:    the artefact's kind, as registered; family: what computes, as "xgboost" or "scikit-learn".
    feature_names_in_: the columns it wants, in order, as an array; None where it names none and takes
             them by position; n_features_in_ is then their number, or None where not even that is said.
    classes_: the labels in the order of predict_proba's columns; a regression has no such attribute,
             as with scikit-learn: ask getattr(model, "classes_", None).

    Tables are DataFrames or arrays, one column per feature. Of each row the answer is the same to the
    last bit whatever rows stand beside it. Rows the model cannot take raise ValueError.
    """

    kind: str
    family: str
    feature_names_in_: NDArray[Any] | None
    n_features_in_: int | None

    def predict(self, table: Any) -> NDArray[Any]:
        """The label of each row, (rows,); of a regression the value, float64."""
        ...


class Classifier(Model, Protocol):
    """A model with classes."""

    @property
    def classes_(self) -> NDArray[Any]: ...

    def predict_proba(self, table: Any) -> Floats:
        """Probabilities, float64 (rows, classes)."""
        ...


class WithMargin(Classifier, Protocol):
    """A classifier that adds up margins: their logistic, or softmax, is predict_proba."""

    def decision_function(self, table: Any) -> Floats:
        """Log-odds of classes_[1], float64 (rows,); with more classes one column each."""
        ...


class Labelled:
    """Gives ``classes_`` from ``labels``, and to a regression, whose labels are None, none."""

    labels: NDArray[Any] | None

    @property
    def classes_(self) -> NDArray[Any]:
        if self.labels is None:
            raise AttributeError("A regression has no classes.")
        return self.labels


def names_of(names: Any) -> NDArray[Any] | None:
    """Names as scikit-learn keeps them; None for none."""
    listed = list(names or ())
    return np.asarray(listed, dtype=object) if listed else None


def matrix(table: Any) -> Floats:
    """A table (array, sparse matrix or DataFrame) as dense float64, in rows."""
    dense = table.toarray() if hasattr(table, "toarray") else table
    return np.ascontiguousarray(np.asarray(dense, dtype=np.float64))
