"""Cells: how many decisions share their segments, predicted label, true label and score bin.

Everything here is arithmetic on an immutable table. Imports numpy alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

# The level of whoever said nothing of an attribute, or of whom it is not known.
UNKNOWN: Final = "unknown"
# Of labels and bins: there is none.
ABSENT: Final = -1


@dataclass(frozen=True)
class Groups:
    """Which group each cell belongs to, for some attributes.

    attributes: their names; none for everybody together, which is one group named ().
    names:      the groups, (groups,): every combination of the attributes' levels, in the order of
                the levels, the last attribute fastest (Fairlearn's order); some may be empty.
    of_cell:    index of a cell's group, (cells,).
    """

    attributes: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    of_cell: Integers

    def sum(self, values: Floats) -> Floats:
        """Sums of ``values`` (cells,) per group (groups,), added in the order of the cells."""
        sums = np.bincount(self.of_cell, weights=values, minlength=len(self.names))
        return np.asarray(sums, dtype=float)


@dataclass(frozen=True)
class Counts:
    """A table of cells. All columns are (cells,); nobody may write to them.

    attributes: names of the segment attributes.
    levels:     per attribute its values, sorted.
    codes:      index of the level of a cell, (cells, attributes).
    predicted:  1 for the favourable label (or whichever the metrics call positive), 0 for another.
    actual:     the true label likewise, ABSENT where it is not known.
    bin:        score bin, ABSENT where there is no score.
    weight:     how many decisions; with inferred segments the sum of their probabilities.
    squares:    sum of the squared weights of the decisions: equal to ``weight`` for whole counts.
                Kish's effective number is weight² / squares.
    scored:     the weight of those decisions that have a score.
    score, score_squares: sums of the scores and of their squares, by weight.
    """

    attributes: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Integers
    predicted: Integers
    actual: Integers
    bin: Integers
    weight: Floats
    squares: Floats
    scored: Floats
    score: Floats
    score_squares: Floats

    def __post_init__(self) -> None:
        if self.codes.shape != (len(self.weight), len(self.attributes)):
            raise ValueError("codes must be (cells, attributes)")
        if (self.weight < 0).any() or not np.isfinite(self.weight).all():
            raise ValueError("weights must be finite and not negative")
        if not np.isin(self.predicted, (0, 1)).all():
            raise ValueError("predicted must be 0 or 1")
        if not np.isin(self.actual, (ABSENT, 0, 1)).all():
            raise ValueError("actual must be 0, 1 or ABSENT")
        for column in self._columns().values():
            if len(column) != len(self.weight):
                raise ValueError("columns differ in length")
            column.flags.writeable = False
        self.codes.flags.writeable = False

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in _KEYS + SUMS}

    def __len__(self) -> int:
        return len(self.weight)

    @cached_property
    def whole(self) -> bool:
        """Whether every weight counts decisions, none of them by a probability."""
        return bool(np.array_equal(self.weight, self.squares)) and bool(
            np.array_equal(self.weight, np.round(self.weight))
        )

    @property
    def known(self) -> Counts:
        """The cells whose true label is known."""
        return self.keep(self.actual != ABSENT)

    def keep(self, which: Booleans) -> Counts:
        """The cells for which ``which`` (cells,) holds. Levels stay, also those left empty."""
        kept: dict[str, Any] = {name: column[which] for name, column in self._columns().items()}
        return replace(self, codes=self.codes[which], **kept)

    def where(self, **wanted: str | Sequence[str]) -> Counts:
        """The slice whose attributes have these levels: ``where(sex="female", race=["a", "b"])``.

        Raises KeyError for an unknown attribute. A level that never occurred gives no cells.
        """
        which = np.ones(len(self), dtype=bool)
        for attribute, values in wanted.items():
            at = self.position(attribute)
            names = {values} if isinstance(values, str) else set(values)
            matching = [code for code, level in enumerate(self.levels[at]) if level in names]
            which &= np.isin(self.codes[:, at], matching)
        return self.keep(which)

    def position(self, attribute: str) -> int:
        """Where the attribute stands. Raises KeyError."""
        if attribute not in self.attributes:
            raise KeyError(attribute)
        return self.attributes.index(attribute)

    def groups(self, *by: str) -> Groups:
        """The groups of these attributes, or of everybody. Raises KeyError."""
        of_cell = np.zeros(len(self), dtype=np.int64)
        names: list[tuple[str, ...]] = [()]
        for attribute in by:
            at = self.position(attribute)
            of_cell = of_cell * len(self.levels[at]) + self.codes[:, at]
            names = [(*name, level) for name in names for level in self.levels[at]]
        return Groups(by, tuple(names), of_cell)

    def total(self, *by: str, bins: bool = False) -> Counts:
        """Cells summed over all but these attributes, the labels and, if wanted, the score bins."""
        at = [self.position(attribute) for attribute in by]
        binned = self.bin if bins else np.full(len(self), ABSENT, dtype=np.int64)
        keys = np.column_stack([self.codes[:, at], self.predicted, self.actual, binned])
        sums = {name: getattr(self, name) for name in SUMS}
        return summed(by, tuple(self.levels[one] for one in at), keys, sums)

    def __add__(self, other: Counts) -> Counts:
        """Both tables together; of levels that only one knows the other has none.

        Raises ValueError when their attributes differ.
        """
        if self.attributes != other.attributes:
            raise ValueError("the tables have different attributes")
        levels = tuple(
            tuple(sorted({*one, *two})) for one, two in zip(self.levels, other.levels, strict=True)
        )
        keys = np.vstack([_keys(self, levels), _keys(other, levels)])
        sums = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in SUMS}
        return summed(self.attributes, levels, keys, sums)


_KEYS = ("predicted", "actual", "bin")
SUMS = ("weight", "squares", "scored", "score", "score_squares")


def _keys(counts: Counts, levels: tuple[tuple[str, ...], ...]) -> Integers:
    codes = np.zeros_like(counts.codes)
    for at, (old, new) in enumerate(zip(counts.levels, levels, strict=True)):
        moved = np.array([new.index(level) for level in old], dtype=np.int64)
        codes[:, at] = moved[counts.codes[:, at]]
    return np.column_stack([codes, *(getattr(counts, name) for name in _KEYS)])


def summed(
    attributes: tuple[str, ...],
    levels: tuple[tuple[str, ...], ...],
    keys: Integers,
    sums: Mapping[str, Floats],
) -> Counts:
    """Add up the cells of equal ``keys`` (cells, attributes and then predicted, actual, bin)."""
    cells, of_cell = _distinct(keys)
    many = len(attributes)
    columns: dict[str, NDArray[Any]] = {
        name: cells[:, many + at].copy() for at, name in enumerate(_KEYS)
    }
    for name in SUMS:
        added = np.bincount(of_cell, weights=sums[name], minlength=len(cells))
        columns[name] = np.asarray(added, dtype=float)
    return Counts(attributes, levels, cells[:, :many].copy(), **columns)


def _distinct(keys: Integers) -> tuple[Integers, Integers]:
    """The distinct rows in order, and for each row its place among them."""
    if not len(keys):
        return keys, np.zeros(0, dtype=np.int64)
    low = keys.min(axis=0)
    span = keys.max(axis=0) - low + 1
    # As one number per row, which sorts a thousand times faster than rows do.
    if float(np.prod(span.astype(float))) < 2**62:
        code = np.zeros(len(keys), dtype=np.int64)
        for at in range(keys.shape[1]):
            code = code * span[at] + (keys[:, at] - low[at])
        _, first, of_cell = np.unique(code, return_index=True, return_inverse=True)
        return keys[first], of_cell
    cells, of_cell = np.unique(keys, axis=0, return_inverse=True)
    return cells, of_cell.reshape(-1)
