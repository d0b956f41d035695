"""The rows nearest to one, by explanation or by features. Exact, deterministic; imports numpy alone."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.wording import absent, code

Floats = NDArray[np.float64]


def by_explanation(rows: Floats, row: Floats) -> Floats:
    """Euclidean distance of attributions, in the output's unit: how differently the model reasoned."""
    return np.asarray(np.sqrt(((rows - row) ** 2).sum(axis=1)))


def by_features(rows: Floats, row: Floats, numeric: Sequence[bool]) -> Floats:
    """Gower's distance, 0 to 1: the mean over features of 0 or 1 for a class, and for a number of the
    difference as a share of the span in which nine tenths of the rows lie, at most 1.

    Missing (NaN) is like missing, and unlike anything else.
    """
    numbers = np.asarray(numeric, bool)
    both = np.isnan(rows) & np.isnan(row)
    one = np.isnan(rows) ^ np.isnan(row)
    span = _spans(rows)
    apart = np.abs(rows - row)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(numbers & (span > 0), np.minimum(apart / span, 1.0), apart > 0)
    share = np.where(one, 1.0, np.where(both, 0.0, share))
    return np.asarray(share.mean(axis=1))


def _spans(rows: Floats) -> Floats:
    """Of columns without a number 0."""
    spans = np.zeros(rows.shape[1])
    for at in range(rows.shape[1]):
        known = rows[~np.isnan(rows[:, at]), at]
        if len(known):
            low, high = np.quantile(known, [0.05, 0.95])
            spans[at] = high - low
    return spans


def nearest(distances: Floats, k: int) -> list[int]:
    """The ``k`` smallest, nearest first; of equal ones the earlier row."""
    return [int(at) for at in np.argsort(distances, kind="stable")[:k]]


class Coder:
    """Features as numbers: a class by the number at which it was first met, equal only to itself."""

    def __init__(self, names: Sequence[str], numeric: Sequence[bool]) -> None:
        self.names = tuple(names)
        self.numeric = tuple(numeric)
        self._classes: dict[Hashable, int] = {}

    def encode(self, row: Mapping[str, Any]) -> list[float]:
        return [
            self._number(name, row.get(name), is_number)
            for name, is_number in zip(self.names, self.numeric, strict=True)
        ]

    def _number(self, name: str, value: Any, is_number: bool) -> float:
        if absent(value):
            return float("nan")
        if is_number:
            return float(value) if isinstance(value, int | float) else float("nan")
        return float(self._classes.setdefault((name, code(value)), len(self._classes)))
