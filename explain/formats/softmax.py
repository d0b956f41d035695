"""Margins of many classes to probabilities."""

from __future__ import annotations

import numpy as np

from explain.formats.contract import Floats


def softmax(margins: Floats) -> Floats:
    """exp(m_k) / sum over j of exp(m_j), row by row, float64 (rows, classes).

    Added class after class: numpy's own sum may round a row otherwise in another company.
    """
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    total = np.zeros(len(powers))
    for at in range(powers.shape[1]):
        total += powers[:, at]
    return np.asarray(powers / total[:, None])
