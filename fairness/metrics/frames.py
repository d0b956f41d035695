"""Fairlearn itself on the cells: what stored runs are computed by.

MetricFrame sees one row per cell, weighted by its count, and gives the figures it would give on the
decisions themselves. Its own bootstrap must never be asked for here: it would draw cells, not
decisions (``fairness.intervals.bootstrap`` draws decisions). Fairlearn is imported when it is used.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairness.counts import Counts, Floats
from fairness.metrics.disparities import NAMES, Method
from fairness.metrics.rates import RATES


@dataclass(frozen=True)
class Frame:
    """What MetricFrame says.

    names:    the groups, (groups,), in its order; of one attribute those that occur, of several every
              combination of what occurs.
    by_group: per rate (``rates.RATES``) the groups' values, (groups,).
    overall:  per rate the value of everybody.
    disparities: per name (``disparities.NAMES``) the value.
    version:  Fairlearn's.
    """

    names: tuple[tuple[str, ...], ...]
    by_group: dict[str, Floats]
    overall: dict[str, float]
    disparities: dict[str, float]
    version: str


def selection(counts: Counts, *by: str, method: Method = "between_groups") -> Frame:
    """Selection rates and demographic parity of all decisions, labelled or not.

    Raises KeyError for an unknown attribute, ValueError where there is no decision or no attribute.
    """
    return _frame(counts, by, ("selection_rate",), NAMES[:2], method)


def performance(counts: Counts, *by: str, method: Method = "between_groups") -> Frame:
    """Every rate and disparity of the decisions whose true label is known. Raises as ``selection``."""
    return _frame(counts.known, by, RATES, NAMES, method)


def _frame(
    counts: Counts, by: tuple[str, ...], rates: Sequence[str], gaps: Sequence[str], method: Method
) -> Frame:
    import fairlearn  # noqa: PLC0415 - a worker pays for what it uses
    import fairlearn.metrics  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    cells = counts.total(*by)
    cells = cells.keep(cells.weight > 0)
    if not len(cells) or not by:
        raise ValueError("MetricFrame needs decisions, and an attribute to group them by")
    data: dict[str, Any] = {
        "y_true": cells.actual,
        "y_pred": cells.predicted,
        "sensitive_features": pd.DataFrame(_segments(cells)),
    }
    functions = {name: _function(name) for name in rates}
    weights = {"sample_weight": cells.weight}
    with warnings.catch_warnings():
        # A precision of nothing is 0 with a warning; the intervals and states say so better.
        warnings.filterwarnings("ignore", message=".* ill-defined")
        frame = fairlearn.metrics.MetricFrame(
            metrics=functions, sample_params=dict.fromkeys(functions, weights), **data
        )
        found = {
            name: float(getattr(fairlearn.metrics, name)(**data, **weights, method=method))
            for name in gaps
        }
    index = frame.by_group.index
    return Frame(
        tuple(one if isinstance(one, tuple) else (one,) for one in index),
        {name: frame.by_group[name].to_numpy(dtype=float) for name in rates},
        {name: float(frame.overall[name]) for name in rates},
        found,
        fairlearn.__version__,
    )


def _segments(cells: Counts) -> dict[str, NDArray[Any]]:
    """Each attribute's level of every cell, (cells,)."""
    pairs = zip(cells.attributes, cells.levels, strict=True)
    return {
        name: np.asarray(levels, dtype=object)[cells.codes[:, at]]
        for at, (name, levels) in enumerate(pairs)
    }


def _function(name: str) -> Callable[..., Any]:
    """Fairlearn's function of that name, or scikit-learn's where Fairlearn uses that."""
    import fairlearn.metrics  # noqa: PLC0415 - as above
    import sklearn.metrics  # noqa: PLC0415

    of_sklearn = f"{name}_score"
    if hasattr(sklearn.metrics, of_sklearn):
        return getattr(sklearn.metrics, of_sklearn)  # type: ignore[no-any-return]
    return getattr(fairlearn.metrics, name)  # type: ignore[no-any-return]
