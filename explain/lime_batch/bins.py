"""What LIME can see of a value: the bin a number falls into, or the category a text is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Int32 = NDArray[np.int32]

UNSEEN = -1


@dataclass(frozen=True)
class Bins:
    """The bins of one feature.

    edges:      of a number, sorted: bin k holds the values in (edges[k - 1], edges[k]].
    categories: of a category, sorted: bin k holds categories[k]. None for a number.
    A missing value has a bin of its own, the last. A category that training never saw has none.
    """

    name: str
    edges: NDArray[np.float64]
    categories: tuple[Any, ...] | None

    @property
    def missing(self) -> int:
        """The bin of missing values."""
        return len(self.edges) + 1 if self.categories is None else len(self.categories)

    def codes(self, column: Any) -> Int32:
        """Return each value's bin, int32; UNSEEN for a category that training never saw."""
        values = np.asarray(column)
        absent = pd.isna(values)
        if self.categories is None:
            found = np.searchsorted(self.edges, values, side="left").astype(np.int32)
        else:
            place = {category: at for at, category in enumerate(self.categories)}
            found = np.array([place.get(value, UNSEEN) for value in values], dtype=np.int32)
        found[absent] = self.missing
        return found

    def describe(self, code: int) -> str:
        """Return in words what it takes to be in bin `code`."""
        if code == UNSEEN:
            return f"{self.name}: a value that training never saw"
        if code == self.missing:
            return f"{self.name} missing"
        if self.categories is not None:
            return f"{self.name} = {self.categories[code]}"
        edges = [f"{edge:g}" for edge in self.edges]
        if code == 0:
            return f"{self.name} ≤ {edges[0]}"
        if code == len(edges):
            return f"{self.name} > {edges[-1]}"
        return f"{edges[code - 1]} < {self.name} ≤ {edges[code]}"


def quartile_bins(name: str, column: NDArray[np.float64]) -> Bins:
    """Return bins of a number, cut at the quartiles of its known values; equal ones count once."""
    known = column[~np.isnan(column)]
    edges = np.unique(np.percentile(known, [25, 50, 75])) if len(known) else np.zeros(1)
    return Bins(name, edges, None)


def category_bins(name: str, column: Sequence[Any] | NDArray[Any]) -> Bins:
    """Return one bin per category, in the order of their values (of their texts where values do not
    compare)."""
    values = np.asarray(column)
    known = set(values[~pd.isna(values)].tolist())
    texts = any(isinstance(value, str) for value in known)
    return Bins(name, np.zeros(0), tuple(sorted(known, key=str if texts else None)))
