"""Groups and the gaps between them, each figure held against the policy's limits."""

from __future__ import annotations

import numpy as np

from fairness.assessment import Assessment, OfRate, assess
from fairness.counts import Counts, Floats
from fairness.figures.contract import Figure, Gap, Group, Mean, Name, number
from fairness.intervals.contract import Interval
from fairness.intervals.means import normal, of_rmse
from fairness.metrics.means import Errors, mean_score
from fairness.policy import Content, Limits
from fairness.states import Limit, State, judge


def axis_of(
    counts: Counts, by: Name, content: Content, errors: Errors | None = None
) -> tuple[list[Group], list[Gap]]:
    """Groups that anybody is in, and how far they are apart.

    Judged side by side, groups share the level of confidence (Bonferroni); what is shown of each has
    the policy's own.
    """
    if not counts.weight.sum():
        return [], []
    found = assess(counts, *by, level=content.confidence, adjustment=content.adjustment)
    here = np.flatnonzero(found.decisions > 0).tolist()
    shared = 1 - (1 - content.confidence) / max(len(here), 1)
    judged = assess(
        counts, *by, level=shared, adjustment=content.adjustment, least=content.limits.least
    )
    means, missed = means_of(counts, by, content), errors_of(errors, content)
    groups = [
        Group(
            name=found.names[at],
            decisions=float(found.decisions[at]),
            labelled=float(found.decisions[at] * found.coverage[at]),
            figures=tuple(
                _figure(name, rate, judged.rates[name], at, content.limits, shared)
                for name, rate in found.rates.items()
            ),
            means=(*means.get(found.names[at], ()), *missed.get(found.names[at], ())),
        )
        for at in here
    ]
    return groups, _gaps(found, content) if len(here) > 1 else []


def everybody(counts: Counts, content: Content, errors: Errors | None = None) -> Group:
    """All decisions together: nothing is compared or judged."""
    found = assess(counts, level=content.confidence, adjustment=content.adjustment)
    decisions = float(found.decisions[0])
    return Group(
        name=(),
        decisions=decisions,
        labelled=float(found.decisions[0] * found.coverage[0]) if decisions else 0.0,
        figures=tuple(_plain(name, rate, 0) for name, rate in found.rates.items()),
        means=(
            *means_of(counts, (), content).get((), ()),
            *errors_of(errors, content).get((), ()),
        ),
    )


Means = dict[Name, tuple[Mean, ...]]


def means_of(counts: Counts, by: Name, content: Content) -> Means:
    """The mean score of each group that has one."""
    mean = mean_score(counts, *by)
    interval = normal(mean, content.confidence)
    return {
        name: (_mean(mean.name, mean.number[at], mean.value[at], interval, at),)
        for at, name in enumerate(counts.groups(*by).names)
        if mean.number[at] > 0
    }


def errors_of(errors: Errors | None, content: Content) -> Means:
    """Bias, mean absolute error and root mean squared error of each group with true values."""
    if errors is None:
        return {}
    level = content.confidence
    bias, absolute, squared = (
        normal(errors.bias, level),
        normal(errors.mae, level),
        of_rmse(errors, level),
    )
    return {
        name: (
            _mean("bias", errors.number[at], errors.bias.value[at], bias, at),
            _mean("mae", errors.number[at], errors.mae.value[at], absolute, at),
            _mean("rmse", errors.number[at], errors.rmse[at], squared, at),
        )
        for at, name in enumerate(errors.names)
        if errors.number[at] > 0
    }


def _mean(metric: str, many: float, value: float, interval: Interval, at: int) -> Mean:
    low, high = _ends(interval, at)
    return Mean(metric, float(many), number(value), number(low), number(high), interval.method)


def _plain(name: str, found: OfRate, at: int) -> Figure:
    return Figure(
        metric=name,
        number=float(found.rate.denominator[at]),
        effective=float(found.rate.trials[at]),
        value=number(found.rate.estimate[at]),
        low=number(found.interval.low[at]),
        high=number(found.interval.high[at]),
        method=found.interval.method,
    )


def _figure(
    name: str, found: OfRate, judged: OfRate, at: int, limits: Limits, level: float
) -> Figure:
    plain = _plain(name, found, at)
    effective = plain.effective or 0.0
    if name == "selection_rate":
        values, interval, limit = judged.ratio, judged.ratio_interval, _ratio(limits)
        apart = _ends(interval, at)
        if judged.reference[at] and effective >= limit.least:
            apart = (1.0, 1.0)  # the most selected group is compared with itself
    else:
        values, interval, limit = judged.apart, judged.apart_interval, _difference(limits)
        low, high = _ends(interval, at)
        # How far apart, whichever way.
        apart = (max(low, -high, 0.0), max(high, -low)) if low <= high else (low, high)
    verdict = judge(*apart, effective, limit, level=level)
    return Figure(
        **{name: getattr(plain, name) for name in ("metric", "number", "effective", "value")},
        low=plain.low,
        high=plain.high,
        method=plain.method,
        p=number(found.p[at]),
        compared=number(values[at]),
        compared_low=number(interval.low[at]),
        compared_high=number(interval.high[at]),
        state=str(verdict.state),
        needed=verdict.needed if verdict.state is State.INSUFFICIENT else None,
    )


def _gaps(found: Assessment, content: Content) -> list[Gap]:
    made = []
    for measure, (value, interval) in found.disparities.items():
        of_ratio = measure.endswith("ratio")
        limit = _ratio(content.limits) if of_ratio else _difference(content.limits)
        # The group of which least is known says how much the gap is worth.
        named = "selection_rate" if measure.startswith("demographic") else "recall"
        rate = found.rates[named].rate
        worth = float(rate.trials[rate.defined].min()) if rate.defined.any() else 0.0
        low, high = float(interval.low), float(interval.high)
        verdict = judge(low, high, worth, limit, level=content.confidence)
        made.append(
            Gap(
                measure,
                worth,
                number(value),
                number(low),
                number(high),
                interval.method,
                str(verdict.state),
                verdict.needed,
            )
        )
    return made


def _ends(interval: Interval, at: int) -> tuple[float, float]:
    ends: tuple[Floats, Floats] = (interval.low, interval.high)
    return float(ends[0][at]), float(ends[1][at])


def _ratio(limits: Limits) -> Limit:
    return Limit(
        limits.ratio, limits.ratio_margin, at_least=True, of_ratio=True, least=limits.least
    )


def _difference(limits: Limits) -> Limit:
    return Limit(limits.difference, limits.difference_margin, least=limits.least)
