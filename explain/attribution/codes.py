"""Inputs and thresholds as whole numbers, so that comparing them is exact and quick.

A tree only ever asks whether x <= t, for the thresholds t of its ensemble. Sort those of a column;
let the code of t be its place among them and the code of x the number of thresholds below x. Then
x <= t exactly when code(x) <= code(t): nothing is rounded.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.attribution.contract import Floats
from explain.attribution.trees import Forest

Codes = NDArray[np.uint16 | np.uint32]


@dataclass(frozen=True)
class BinCodes:
    """The code book of an ensemble.

    thresholds: per column, sorted and distinct, float64.
    narrow:     inputs are rounded to float32 first, because the model does so.
    dtype:      the smallest type that holds all codes.
    missing:    the code of a missing value: above every threshold's.
    """

    thresholds: tuple[Floats, ...]
    narrow: bool
    dtype: type[np.uint16] | type[np.uint32]
    missing: int

    @classmethod
    def of(cls, forest: Forest, columns: int) -> "BinCodes":
        inner = [tree.left >= 0 for tree in forest.trees]
        tested = np.concatenate([t.column[i] for t, i in zip(forest.trees, inner, strict=True)])
        values = np.concatenate([t.threshold[i] for t, i in zip(forest.trees, inner, strict=True)])
        book = tuple(np.unique(values[tested == column]) for column in range(columns))
        longest = max((len(column) for column in book), default=0)
        dtype = np.uint16 if longest < np.iinfo(np.uint16).max else np.uint32
        return cls(book, forest.narrow, dtype, int(np.iinfo(dtype).max))

    @property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in self.thresholds)

    def encode(self, columns: Floats) -> Codes:
        """Return the codes of prepared rows (rows, columns) as a (columns, rows) array."""
        seen = columns.astype(np.float32).astype(np.float64) if self.narrow else columns
        codes = np.empty(seen.shape[::-1], dtype=self.dtype)
        for at, thresholds in enumerate(self.thresholds):
            column = seen[:, at]
            codes[at] = np.searchsorted(thresholds, column, side="left")
            codes[at, np.isnan(column)] = self.missing
        return codes

    def of_thresholds(self, column: NDArray[np.int64], threshold: Floats) -> Codes:
        """Return the codes of thresholds of this ensemble, one per node; 0 where column is -1."""
        codes = np.zeros(len(column), dtype=self.dtype)
        for at in np.unique(column[column >= 0]):
            tested = column == at
            codes[tested] = np.searchsorted(self.thresholds[at], threshold[tested])
        return codes
