"""Rates per group from confusion counts: selection, accuracy, precision, recall and error rates.

Equal to Fairlearn 0.15 and scikit-learn 1.9 to the last bit where weights are whole counts, in their
conventions: a group without decisions has no rate (NaN), and a rate whose denominator is empty, such
as the recall of a group without positives, is 0. ``Rate.defined`` tells the second from a true 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from fairness.counts import Booleans, Counts, Floats

# Per rate which of [predicted][unknown, actually 0, actually 1] are its numerator and denominator.
_NEITHER, _WRONG, _RIGHT, _BOTH, _ALL = (0, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1)
_CELLS: Final[dict[str, tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]]] = {
    "selection_rate": ((_NEITHER, _ALL), (_ALL, _ALL)),
    "accuracy": ((_WRONG, _RIGHT), (_BOTH, _BOTH)),
    "precision": ((_NEITHER, _RIGHT), (_NEITHER, _BOTH)),
    "recall": ((_NEITHER, _RIGHT), (_RIGHT, _RIGHT)),
    "false_positive_rate": ((_NEITHER, _WRONG), (_WRONG, _WRONG)),
    "false_negative_rate": ((_RIGHT, _NEITHER), (_RIGHT, _RIGHT)),
}
RATES: Final = tuple(_CELLS)


@dataclass(frozen=True)
class Rate:
    """A rate of groups. All arrays are (..., groups); leading axes are bootstrap replicates.

    numerator, denominator: weights of decisions.
    squares:                of the denominator's decisions the squared weights.
    present:                whether the group has any decision that the rate could be of.
    """

    name: str
    numerator: Floats
    denominator: Floats
    squares: Floats
    present: Booleans

    @property
    def defined(self) -> Booleans:
        """Whether there is anything the rate is a share of."""
        return np.asarray(self.denominator > 0)

    @property
    def value(self) -> Floats:
        """The rate by Fairlearn's conventions: 0 where it is undefined, NaN for an absent group."""
        value = _divided(self.numerator, self.denominator, 0.0)
        return np.asarray(np.where(self.present, value, np.nan))

    @property
    def estimate(self) -> Floats:
        """The rate where it is defined, else NaN."""
        return _divided(self.numerator, self.denominator, np.nan)

    @property
    def trials(self) -> Floats:
        """Kish's effective number of decisions: denominator² / squares; their count for whole ones."""
        return _divided(self.denominator**2, self.squares, 0.0)

    @property
    def hits(self) -> Floats:
        """The numerator on the scale of ``trials``."""
        return np.asarray(self.trials * _divided(self.numerator, self.denominator, 0.0))


@dataclass(frozen=True)
class Confusion:
    """Confusion counts of groups.

    names:   the groups' levels, (groups,); see ``counts.Groups``.
    weight:  decisions, (..., groups, 2, 3): by predicted label 0, 1 and true label unknown, 0, 1.
    squares: their squared weights, likewise.
    """

    attributes: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    weight: Floats
    squares: Floats

    @classmethod
    def of(cls, counts: Counts, *by: str) -> Confusion:
        """By these attributes, or of everybody as one group. Raises KeyError."""
        groups = counts.groups(*by)
        shape = (len(groups.names), 2, 3)
        at = (groups.of_cell * 2 + counts.predicted) * 3 + counts.actual + 1
        many = int(np.prod(shape))
        weight, squares = (
            np.asarray(np.bincount(at, weights=column, minlength=many), dtype=float).reshape(shape)
            for column in (counts.weight, counts.squares)
        )
        return cls(groups.attributes, groups.names, weight, squares)

    @property
    def decisions(self) -> Floats:
        """How many decisions, (..., groups)."""
        return np.asarray(self.weight.sum(axis=(-2, -1)))

    @property
    def coverage(self) -> Floats:
        """The share of decisions whose true label is known, (..., groups); NaN without decisions."""
        return _divided(self.weight[..., 1:].sum(axis=(-2, -1)), self.decisions, np.nan)

    def overall(self) -> Confusion:
        """All groups together, as one group named ()."""
        return Confusion(
            (),
            ((),),
            self.weight.sum(axis=-3, keepdims=True),
            self.squares.sum(axis=-3, keepdims=True),
        )

    def rate(self, name: str) -> Rate:
        """One of RATES. Raises KeyError for another name."""
        numerator, denominator = (np.asarray(cells, dtype=float) for cells in _CELLS[name])
        could = np.asarray(
            _CELLS["selection_rate" if name == "selection_rate" else "accuracy"][1], dtype=float
        )
        return Rate(
            name,
            _within(self.weight, numerator),
            _within(self.weight, denominator),
            _within(self.squares, denominator),
            _within(self.weight, could) > 0,
        )


def _within(weight: Floats, cells: Floats) -> Floats:
    # As one product of matrices: bootstrap replicates come in thousands.
    return np.asarray(weight.reshape(*weight.shape[:-2], -1) @ cells.reshape(-1))


def _divided(numerator: Floats, denominator: Floats, otherwise: float) -> Floats:
    value = np.full(np.shape(denominator), otherwise)
    return np.asarray(np.divide(numerator, denominator, out=value, where=denominator > 0))
