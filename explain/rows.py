"""Raw rows, as callers hand them over, put into the one table form every explainer works on.

A row is a mapping from feature to value, or a line of a DataFrame. The table has one column per
feature, in the profile's order: float64 with NaN for missing where the feature is a number (truth
values count as 0 and 1), Python objects with NaN for missing where it is a text. The form depends
on the schema alone and never on the other rows of the batch, so a row looks the same to the model
alone and among thousands.
"""

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explain.refusals import BadRows

Column: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the form described above, column by column: what a DataFrame holds, without its cost,
    which for a single decision is greater than that of explaining it."""

    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def frame(self) -> pd.DataFrame:
        """Return the same as a DataFrame."""
        made = {
            name: column if column.dtype.kind == "f" else pd.Series(column, dtype=object)
            for name, column in self.columns.items()
        }
        return pd.DataFrame(made, index=range(len(self)), copy=False)

    def then(self, *others: "Table") -> "Table":
        """Return these rows and those of the others, one below another."""
        tables = (self, *others)
        names = self.columns
        return Table({name: np.concatenate([t.columns[name] for t in tables]) for name in names})


Rows: TypeAlias = pd.DataFrame | Sequence[Mapping[str, Any]] | Table


@dataclass(frozen=True)
class RowSchema:
    """The features in order, and for each whether it is a number."""

    features: tuple[str, ...]
    numeric: tuple[bool, ...]

    @classmethod
    def of(cls, rows: Rows, features: Sequence[str]) -> "RowSchema":
        """Read off `rows` (a reference or training set) which of `features` are numbers.

        A column that holds nothing but missing values counts as a number.
        """
        if len(set(features)) != len(features):
            raise BadRows("A feature is named twice.")
        if len(rows) == 0:
            raise BadRows("There are no rows to learn the features from.")
        given = rows.columns if isinstance(rows, Table) else None
        columns = (given[name] if given else _column(rows, name) for name in features)
        return cls(tuple(features), tuple(_holds_numbers(column) for column in columns))

    def table(self, rows: Rows) -> Table:
        """Return `rows` as the table described above. A Table is one already.

        Raises BadRows where a row lacks a feature or a number is not one. Keys that are no feature
        of this schema are left out.
        """
        if isinstance(rows, Table):
            return rows
        return Table(
            {
                name: _numbers(_column(rows, name), name) if number else _texts(_column(rows, name))
                for name, number in zip(self.features, self.numeric, strict=True)
            }
        )

    def frame(self, rows: Rows) -> pd.DataFrame:
        """Return `rows` as a DataFrame in that form, shape (rows, features); see `table`."""
        return self.table(rows).frame()


def _column(rows: pd.DataFrame | Sequence[Mapping[str, Any]], name: str) -> Column:
    if isinstance(rows, pd.DataFrame):
        if name not in rows.columns:
            raise BadRows(f"The rows lack the feature '{name}'.")
        return np.asarray(rows[name].to_numpy())
    values = np.empty(len(rows), dtype=object)
    for at, row in enumerate(rows):
        if name not in row:
            raise BadRows(f"Row {at} lacks the feature '{name}'.")
        values[at] = row[name]
    return values


def _is_typed(column: Column) -> bool:
    """True where the array itself says that all its values are numbers or truth values."""
    return column.dtype.kind in "biuf"


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real | np.bool_)


def _holds_numbers(column: Column) -> bool:
    return _is_typed(column) or all(map(_is_number, column[~pd.isna(column)]))


def _numbers(column: Column, name: str) -> NDArray[np.float64]:
    if not _is_typed(column):
        column = np.where(pd.isna(column), np.nan, column)
        for at, value in enumerate(column):
            if not _is_number(value):
                raise BadRows(f"Row {at}: '{name}' should be a number.")
    return np.asarray(column, dtype=np.float64)


def _texts(column: Column) -> Column:
    return np.where(pd.isna(column), np.nan, column.astype(object))
