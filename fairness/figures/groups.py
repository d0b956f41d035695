"""Rates and means of groups, each compared with others and judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fairness.counts import Counts, Floats
from fairness.figures.contract import Figure, Group, Mean, Name, number
from fairness.intervals.contract import Interval
from fairness.intervals.means import normal
from fairness.intervals.proportions import katz, newcombe, wilson
from fairness.metrics.disparities import impact_ratios
from fairness.metrics.means import mean_score
from fairness.metrics.rates import RATES, Confusion, Rate
from fairness.policy import Content, Limits
from fairness.significance import compare
from fairness.states import Limit, State, judge


def present(confusion: Confusion) -> Confusion:
    """Without groups that nobody is in."""
    here = np.flatnonzero(confusion.decisions > 0)
    return Confusion(
        confusion.attributes,
        tuple(confusion.names[at] for at in here),
        confusion.weight[here],
        confusion.squares[here],
    )


def groups_of(
    counts: Counts, by: Name, content: Content, confusion: Confusion, limits: Limits | None
) -> list[Group]:
    rates = [_figures(confusion.rate(name), content, limits) for name in RATES]
    means = _means(counts, by, content)
    labelled = confusion.weight[:, :, 1:].sum(axis=(-2, -1))
    return [
        Group(
            name=name,
            decisions=float(confusion.decisions[at]),
            labelled=float(labelled[at]),
            figures=tuple(rate[at] for rate in rates),
            means=(means[name],) if name in means else (),
        )
        for at, name in enumerate(confusion.names)
    ]


def _means(counts: Counts, by: Name, content: Content) -> dict[Name, Mean]:
    mean = mean_score(counts, *by)
    interval = normal(mean, content.confidence)
    return {
        name: Mean(
            mean.name,
            float(mean.number[at]),
            number(mean.value[at]),
            number(interval.low[at]),
            number(interval.high[at]),
            interval.method,
        )
        for at, name in enumerate(counts.groups(*by).names)
        if mean.number[at] > 0
    }


def _figures(rate: Rate, content: Content, limits: Limits | None) -> list[Figure]:
    """Of every group; without limits (of everybody together) nothing is compared or judged."""
    interval = wilson(rate.hits, rate.trials, content.confidence)
    plain = [
        Figure(
            metric=rate.name,
            number=float(rate.denominator[at]),
            effective=float(rate.trials[at]),
            value=number(rate.estimate[at]),
            low=number(interval.low[at]),
            high=number(interval.high[at]),
            method=interval.method,
            p=None,
            compared=None,
            compared_low=None,
            compared_high=None,
            state="",
            needed=None,
        )
        for at in range(len(rate.denominator))
    ]
    if limits is None or len(plain) < 2:
        return plain
    return _judged(plain, rate, content, limits)


def _judged(plain: list[Figure], rate: Rate, content: Content, limits: Limits) -> list[Figure]:
    # Judged side by side, they share the level (Bonferroni); shown, each has its own.
    level = 1 - (1 - content.confidence) / len(plain)
    p = compare(rate.hits, rate.trials, *_rest(rate)).p
    if rate.name == "selection_rate":
        values, interval = _to_best(rate, level)
        limit = Limit(
            limits.ratio, limits.ratio_margin, at_least=True, of_ratio=True, least=limits.least
        )
    else:
        values, interval = _to_rest(rate, level)
        limit = Limit(limits.difference, limits.difference_margin, least=limits.least)
    return [_with(one, at, p, values, interval, limit, level) for at, one in enumerate(plain)]


def _with(
    figure: Figure,
    at: int,
    p: Floats,
    values: Floats,
    interval: Interval,
    limit: Limit,
    level: float,
) -> Figure:
    low, high = float(interval.low[at]), float(interval.high[at])
    apart = (low, high)
    if not limit.at_least:  # how far apart, whichever way
        apart = (max(low, -high, 0.0), max(high, -low)) if low <= high else (low, high)
    best = limit.at_least and values[at] == 1.0 and np.isnan(low)
    verdict = judge(*apart, figure.effective or 0.0, limit, level=level)
    state = State.OK if best and (figure.effective or 0.0) >= limit.least else verdict.state
    return replace(
        figure,
        p=number(p[at]),
        compared=number(values[at]),
        compared_low=number(low),
        compared_high=number(high),
        state=str(state),
        needed=verdict.needed if state is State.INSUFFICIENT else None,
    )


def _rest(rate: Rate) -> tuple[Floats, Floats]:
    """Hits and trials of everybody else, per group, on the scale of evidence."""
    hits = rate.numerator.sum() - rate.numerator
    trials = rate.denominator.sum() - rate.denominator
    squares = rate.squares.sum() - rate.squares
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(squares > 0, trials**2 / squares, 0.0)
        share = np.where(trials > 0, hits / trials, 0.0)
    return worth * share, worth


def _to_best(rate: Rate, level: float) -> tuple[Floats, Interval]:
    """Each group's rate over the highest; the highest one's ratio is 1 and has no interval."""
    values = impact_ratios(rate.estimate)
    if not rate.defined.any() or np.nanmax(rate.estimate) == 0:
        return values, katz(rate.hits, rate.trials, np.nan, np.nan, level)
    best = int(np.nanargmax(rate.estimate))
    interval = katz(rate.hits, rate.trials, rate.hits[best], rate.trials[best], level)
    return values, interval.without(np.arange(len(values)) == best)


def _to_rest(rate: Rate, level: float) -> tuple[Floats, Interval]:
    hits, trials = _rest(rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = rate.estimate - hits / trials
    return np.asarray(values), newcombe(rate.hits, rate.trials, hits, trials, level)
