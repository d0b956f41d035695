"""Margins to probabilities, and to what a booster says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from explain.formats.contract import Floats, Labelled


def softmax(margins: Floats) -> Floats:
    """exp(m_k) / sum over j of exp(m_j), row by row, float64 (rows, classes).

    Added class after class: numpy's own sum may round a row otherwise in another company.
    """
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    total = np.zeros(len(powers))
    for at in range(powers.shape[1]):
        total += powers[:, at]
    return np.asarray(powers / total[:, None])


class ByMargin(Labelled, ABC):
    """A model that is asked for margins: its probabilities and its choice follow from them."""

    @abstractmethod
    def decision_function(self, table: Any) -> Floats:
        """Margins: (rows,) of classes_[1], or of a regression; (rows, classes) with more classes."""

    @abstractmethod
    def predicted(self, margin: Floats) -> Floats:
        """A regression's prediction from its margin, both (rows,)."""

    def predict_proba(self, table: Any) -> Floats:
        if self.labels is None:
            raise AttributeError("A regression has no probabilities.")
        margin = self.decision_function(table)
        if margin.ndim == 2:
            return softmax(margin)
        return np.column_stack([expit(-margin), expit(margin)])

    def predict(self, table: Any) -> NDArray[Any]:
        if self.labels is not None:
            return np.asarray(self.labels[self.predict_proba(table).argmax(axis=1)])
        return self.predicted(self.decision_function(table))
