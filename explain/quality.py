"""How good an explanation is, in figures. Imports numpy alone; what the figures mean is
said in `explain.findings`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.findings import TOP

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """How far two explanations rank features alike. spearman: (rows,), between -1 and 1, NaN where
    one of them ranks nothing; top_overlap: (rows,), the share of the leading features in common."""

    spearman: Floats
    top_overlap: Floats


def agreement(values: Floats, coefficients: Floats, top: int = TOP) -> Agreement:
    """Compare attributions with LIME coefficients, both (rows, features), by magnitude.

    Spearman's rank correlation over all features with mean ranks for ties, and the overlap of the
    `top` largest (of equal ones the earlier; all features where there are fewer).
    """
    one, other = np.abs(values), np.abs(coefficients)
    shared = _leading(one, top) & _leading(other, top)
    overlaps = shared.sum(axis=1) / min(top, one.shape[1])
    return Agreement(correlation(one, other), overlaps)


def correlation(one: Floats, other: Floats) -> Floats:
    """Return Spearman's rank correlation of each row of two tables, NaN where a row is all ties."""
    a, b = _ranks(one), _ranks(other)
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    spread = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    product = (a * b).sum(axis=1)
    return np.asarray(np.divide(product, spread, out=np.full(len(one), np.nan), where=spread > 0))


def _ranks(table: Floats) -> Floats:
    """Return mean ranks within each row: (smaller + smaller or equal + 1) / 2."""
    order = np.argsort(table, axis=1, kind="stable")
    sorted_ = np.take_along_axis(table, order, axis=1)
    width = table.shape[1]
    fresh = np.ones(table.shape, dtype=np.bool_)
    fresh[:, 1:] = sorted_[:, 1:] != sorted_[:, :-1]
    places = np.arange(width)
    first = np.maximum.accumulate(np.where(fresh, places, 0), axis=1)
    ends = np.ones(table.shape, dtype=np.bool_)
    ends[:, :-1] = fresh[:, 1:]
    last = np.minimum.accumulate(np.where(ends, places, width)[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty(table.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=1)
    return ranks


def _leading(table: Floats, top: int) -> NDArray[np.bool_]:
    order = np.argsort(-table, axis=1, kind="stable")[:, :top]
    leading = np.zeros(table.shape, dtype=np.bool_)
    np.put_along_axis(leading, order, True, axis=1)
    return leading
