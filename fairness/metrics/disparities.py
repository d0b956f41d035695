"""How far groups are apart: Fairlearn's differences and ratios, and the impact ratio of each group.

All functions take values (..., groups) and give (...), so that one call serves an estimate as well as
all its bootstrap replicates. Groups without a value (NaN) are passed over, as Fairlearn does.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Literal

import numpy as np

from fairness.counts import Floats
from fairness.metrics.rates import Confusion, Rate

Method = Literal["between_groups", "to_overall"]
# 29 CFR 1607.4(D): a flag that asks for a look, never a verdict.
FOUR_FIFTHS: Final = 0.8


def difference(values: Floats, overall: Floats | None = None) -> Floats:
    """The largest difference between two groups or, with ``overall`` (...), of a group to all."""
    reference = _least(values) if overall is None else np.asarray(overall)
    return _most(np.abs(values - reference[..., None]))


def ratio(values: Floats, overall: Floats | None = None) -> Floats:
    """The smallest ratio of two groups or, with ``overall`` (...), of a group to all, at most 1.

    NaN where everything is 0: nothing can be compared with nothing.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if overall is None:
            return np.asarray(_least(values) / _most(values))
        ratios = values / np.asarray(overall)[..., None]
        return _least(np.where(ratios > 1, 1 / ratios, ratios))


@dataclass(frozen=True)
class Disparities:
    """Fairlearn's named disparities, each (...): 0-dimensional for an estimate."""

    demographic_parity_difference: Floats
    demographic_parity_ratio: Floats
    equalized_odds_difference: Floats
    equalized_odds_ratio: Floats
    equal_opportunity_difference: Floats
    equal_opportunity_ratio: Floats


NAMES: Final = tuple(field.name for field in fields(Disparities))


def disparities(
    confusion: Confusion,
    *,
    method: Method = "between_groups",
    agg: Literal["worst_case", "mean"] = "worst_case",
    only_defined: bool = False,
) -> Disparities:
    """Demographic parity, equalized odds and equal opportunity, as Fairlearn defines them.

    only_defined: leave groups out where a rate is undefined (recall without positives), instead of
                  taking it for 0 as Fairlearn does. Without such groups there is no difference.
    """
    whole = confusion.overall()

    def gap(name: str) -> tuple[Floats, Floats]:
        values = _values(confusion.rate(name), only_defined)
        if method == "between_groups":
            return difference(values), ratio(values)
        overall = _values(whole.rate(name), only_defined)[..., 0]
        return difference(values, overall), ratio(values, overall)

    selection, recall, wrong = gap("selection_rate"), gap("recall"), gap("false_positive_rate")
    return Disparities(
        *selection,
        _joined(recall[0], wrong[0], agg, np.greater),
        _joined(recall[1], wrong[1], agg, np.less),
        *recall,
    )


def _values(rate: Rate, only_defined: bool) -> Floats:
    return rate.estimate if only_defined else rate.value


def _joined(recall: Floats, wrong: Floats, agg: str, beats: np.ufunc) -> Floats:
    """As Python's own max and min do it, which Fairlearn calls: a NaN that comes first stays."""
    if agg == "worst_case":
        return np.asarray(np.where(beats(wrong, recall), wrong, recall))
    both = np.stack([recall, wrong])
    known = ~np.isnan(both)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, both, 0.0).sum(axis=0) / known.sum(axis=0))


def _most(values: Floats) -> Floats:
    return np.asarray(np.fmax.reduce(values, axis=-1))


def _least(values: Floats) -> Floats:
    return np.asarray(np.fmin.reduce(values, axis=-1))
