"""Scores of groups from their bins: how well they rank, whether they mean what they say, how they spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from fairness.counts import ABSENT, Counts, Floats
from fairness.figures.contract import Name, number
from fairness.figures.hiding import without_small
from fairness.policy import Content
from fairness.scores.bins import Scale, ScoreBins
from fairness.scores.calibration import brier, calibration, exact_brier
from fairness.scores.ranking import auc, exact_auc, exact_separation, separation
from fairness.scores.spread import exact_quantiles, spread

BARS: Final = 20


@dataclass(frozen=True, slots=True)
class Bracket:
    """A quantile of the scores lies between ``low`` and ``high``, the edges of its bin."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Scores from ``low`` to ``high``: how many with a true label, their mean, and the rate that came true."""

    low: float
    high: float
    number: float
    score: float | None
    rate: float | None


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """The scores of a group. ``auc`` of the scores themselves lies within ``auc_error`` of the figure.

    brier, calibration_error and calibrated only where scores are on a scale of 0 to 1. bars: shares of
    20 equal bins. known: scored decisions whose true label is known.
    """

    name: Name
    number: float
    known: float
    mean: float | None
    deviation: float | None
    auc: float | None
    auc_error: float | None
    separation: float | None
    brier: float | None
    calibration_error: float | None
    quantiles: tuple[Bracket, ...]
    bars: tuple[float, ...]
    calibrated: tuple[Calibrated, ...]


@dataclass(frozen=True, slots=True)
class ScoreAxis:
    """Groups by these attributes, none for everybody; those that may not be shown are left out."""

    attributes: Name
    groups: tuple[ScoreGroup, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of the whole weeks that hold a window, on the policy's scale; or, ``exact``, of its own
    days, from single decisions."""

    since: date
    until: date
    low: float
    high: float
    axes: tuple[ScoreAxis, ...]
    exact: bool = False


def exactly(made: Scores, counts: Counts, values: Floats) -> Scores:
    """The same scores with AUC, separation, Brier score and quantiles from single decisions.

    counts: a cell for each decision; values: their scores, (rows,). What is not exact from bins with
    sums is made again; what is left (means, deviations, bars, calibration) is exact already.
    """
    axes = tuple(
        ScoreAxis(axis.attributes, tuple(_exact_groups(axis, counts, values))) for axis in made.axes
    )
    return replace(made, axes=axes, exact=True)


def _exact_groups(axis: ScoreAxis, counts: Counts, values: Floats) -> Iterator[ScoreGroup]:
    groups = counts.groups(*axis.attributes)
    places = {name: at for at, name in enumerate(groups.names)}
    for group in axis.groups:
        mine = groups.of_cell == places[group.name]
        told = mine & (counts.actual != ABSENT)
        known = (values[told], counts.actual[told], counts.weight[told])
        found = exact_quantiles(values[mine], counts.weight[mine])
        yield replace(
            group,
            auc=number(exact_auc(*known)),
            auc_error=None if group.auc is None else 0.0,
            separation=None if group.separation is None else exact_separation(*known),
            brier=None if group.brier is None else exact_brier(*known),
            quantiles=tuple(
                Bracket(one.share, float(value), float(value))
                for one, value in zip(group.quantiles, found, strict=True)
            ),
        )


def scores(
    counts: Counts,
    content: Content,
    axes: list[Name],
    *,
    since: date,
    until: date,
    restricted: bool,
) -> Scores | None:
    """Of a table with bins; None where no decision has a score on the scale."""
    if not counts.weight.sum():
        return None
    made = []
    for axis in [(), *axes]:
        kept = counts
        if restricted and axis:
            kept, _ = without_small(counts, axis, content.limits.shown)
        made.append(ScoreAxis(axis, tuple(_groups(kept, axis, content))))
    return Scores(since, until, content.score.low, content.score.high, tuple(made))


def _groups(counts: Counts, axis: Name, content: Content) -> list[ScoreGroup]:
    scale = Scale(content.score.low, content.score.high)
    bins = ScoreBins.of(counts, *axis, scale=scale)
    shares = scale.low == 0.0 and scale.high == 1.0
    ranked, apart, spread_ = auc(bins), separation(bins), spread(bins)
    squared, table = (brier(bins), calibration(bins)) if shares else (None, None)
    error = table.error if table else None
    return [
        ScoreGroup(
            name=name,
            number=float(spread_.number[at]),
            known=float(bins.known[at]),
            mean=number(spread_.mean[at]),
            deviation=number(spread_.deviation[at]),
            auc=number(ranked.value[at]),
            auc_error=number(ranked.error[at]),
            separation=number(apart.value[at]),
            brier=None if squared is None else number(squared[at]),
            calibration_error=None if error is None else number(error[at]),
            quantiles=tuple(
                Bracket(share, float(low), float(high))
                for share, low, high in zip(
                    spread_.asked, spread_.lower[at], spread_.upper[at], strict=True
                )
            ),
            bars=tuple(spread_.shares[at].reshape(BARS, -1).sum(axis=-1).tolist()),
            calibrated=()
            if table is None
            else tuple(
                Calibrated(
                    float(table.edges[row]),
                    float(table.edges[row + 1]),
                    float(table.number[at, row]),
                    number(table.score[at, row]),
                    number(table.rate[at, row]),
                )
                for row in range(table.number.shape[1])
            ),
        )
        for at, name in enumerate(bins.names)
        if np.asarray(spread_.number)[at] > 0
    ]
