"""Steps that a format puts before its model, so that what the model does inside becomes visible to
whoever explains it. Each column they make depends on one raw column; ``explain.columns`` is told so."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.columns import Columns, trace
from explain.formats.contract import Floats, matrix

# LightGBM's kZeroThreshold, a float32 constant.
NEAR_ZERO = float(np.float32(1e-35))


@dataclass(frozen=True)
class AbsentIsMissing:
    """XGBoost takes what a sparse table does not hold for missing, not for zero; so does this."""

    def transform(self, table: Any) -> Any:
        if not hasattr(table, "tocoo"):
            return table
        held = table.tocoo()
        dense = np.full(held.shape, np.nan)
        dense[held.row, held.col] = held.data
        return dense


@dataclass(frozen=True)
class ZeroIsMissing:
    """Columns in which LightGBM takes zero for missing (zero_as_missing): zeros become NaN."""

    columns: tuple[int, ...]

    def transform(self, table: Any) -> Floats:
        dense = matrix(table).copy()
        for at in self.columns:
            column = dense[:, at]
            column[np.abs(column) <= NEAR_ZERO] = np.nan
        return dense


@dataclass(frozen=True)
class Categories:
    """Values of category columns as the numbers a model was trained on; others, and missing, as NaN.

    numbers: by column, what each value is called inside the model.
    sets:    further columns at the end: (column, members) gives 0.0 where the value is a member, 1.0
             where it is not, NaN where it is missing: a test of membership compares with 0.5.
    """

    numbers: Mapping[int, Mapping[Hashable, int]]
    sets: tuple[tuple[int, tuple[int, ...]], ...] = ()

    def transform(self, table: Any) -> Floats:
        dense = self._numbered(table)
        if not self.sets:
            return dense
        return np.column_stack(
            [dense, *(_outside(dense[:, at], members) for at, members in self.sets)]
        )

    def _numbered(self, table: Any) -> Floats:
        if not self.numbers:
            return matrix(table)
        raw = (
            table.to_numpy(dtype=object)
            if hasattr(table, "to_numpy")
            else np.asarray(table, object)
        )
        dense = np.empty(raw.shape, dtype=np.float64)
        for at in range(raw.shape[1]):
            numbers = self.numbers.get(at)
            dense[:, at] = raw[:, at] if numbers is None else _numbers(raw[:, at], numbers)
        return dense


def _outside(column: Floats, members: tuple[int, ...]) -> Floats:
    """Categories are cut to whole numbers, as the models do; what cannot be one is no member."""
    known = np.isfinite(column) & (column > -1) & (column < 2**31)
    code = np.where(known, np.where(known, column, 0).astype(np.int64), -1)
    return np.where(np.isnan(column), np.nan, ~np.isin(code, members))


def _numbers(column: NDArray[Any], numbers: Mapping[Hashable, int]) -> Floats:
    return np.asarray([numbers.get(value, np.nan) for value in column], dtype=np.float64)


@trace.register(AbsentIsMissing)
@trace.register(ZeroIsMissing)
def _(step: Any, columns: Columns) -> Columns:
    return Columns(columns.sources)


@trace.register
def _(step: Categories, columns: Columns) -> Columns:
    return Columns((*columns.sources, *(columns.sources[at] for at, _ in step.sets)))


def by_place(values: Sequence[Hashable]) -> dict[Hashable, int]:
    """Values numbered in their order."""
    return {value: at for at, value in enumerate(values)}
