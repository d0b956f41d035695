"""The deletion test: do the features an explanation puts first really move the model most?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Deletion:
    """Areas over the perturbation curve (Samek et al. 2017), in the unit of the output, (rows,).

    area:   mean over k of how far the output has moved towards the base once the first k features
            of the explanation hold reference values.
    random: the same for random orders, averaged over the orders.
    beaten: the share of the random orders whose area is smaller.
    """

    area: Floats
    random: Floats
    beaten: Floats


def typical(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a reference value per feature: the median of numbers, the most frequent of texts (of
    equally frequent ones the first in order). A feature without any value stays missing."""
    values: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name].dropna()
        if column.empty:
            values[name] = np.nan
        elif column.dtype.kind == "f":
            values[name] = float(column.median())
        else:
            values[name] = column.mode().iloc[0]
    return values


def deletion(
    predict: Callable[[pd.DataFrame], Floats],
    rows: pd.DataFrame,
    values: Floats,
    base: float,
    reference: Mapping[str, Any],
    *,
    seed: int,
    orders: int = 8,
) -> Deletion:
    """Replace features by `reference` one after the other and watch the output.

    predict: takes a table like `rows`, returns the explained output, (rows,). Called once.
    values:  attributions (rows, features), in the order of the columns of `rows`. The features that
             carry the output away from `base` go first.
    """
    many, features = values.shape
    start = predict(rows)
    side = np.where(start >= base, 1.0, -1.0)
    random = np.random.RandomState(seed)
    # turn[o, i, j]: the turn at which order o replaces feature j of row i.
    turn = np.empty((orders + 1, many, features), dtype=np.int64)
    explained = np.argsort(-values * side[:, None], axis=1, kind="stable")
    turn[0] = np.argsort(explained, axis=1, kind="stable")
    for order in range(1, orders + 1):
        turn[order] = [random.permutation(features) for _ in range(many)]
    gone = turn[..., None] <= np.arange(features)
    columns = {
        name: _replaced(rows[name].to_numpy(), reference[name], gone[:, :, at])
        for at, name in enumerate(rows.columns)
    }
    moved = predict(pd.DataFrame(columns)).reshape(orders + 1, many, features)
    areas = ((start[None, :, None] - moved) * side[None, :, None]).mean(axis=2)
    return Deletion(areas[0], areas[1:].mean(axis=0), (areas[1:] < areas[0]).mean(axis=0))


def _replaced(column: NDArray[Any], reference: Any, gone: NDArray[np.bool_]) -> Any:
    """Return a column of the perturbed table; gone: (orders, rows, steps)."""
    kept = np.broadcast_to(column[None, :, None], gone.shape)
    mixed = kept.copy()
    mixed[gone] = reference
    return pd.Series(mixed.ravel(), dtype=column.dtype)
