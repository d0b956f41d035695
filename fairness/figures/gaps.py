"""How far the groups of an axis are apart: Fairlearn's measures with intervals and states."""

from __future__ import annotations

from fairness.figures.contract import Gap, number
from fairness.intervals.contract import Interval
from fairness.intervals.extremes import largest_difference, smallest_ratio, worst_of
from fairness.metrics.disparities import NAMES, disparities
from fairness.metrics.rates import Confusion, Rate
from fairness.policy import Content
from fairness.states import Limit, judge


def gaps_of(confusion: Confusion, content: Content) -> list[Gap]:
    found = disparities(confusion, only_defined=True)
    rates = {
        name: confusion.rate(name) for name in ("selection_rate", "recall", "false_positive_rate")
    }
    half = 1 - (1 - content.confidence) / 2
    made = []
    for measure in NAMES:
        ratio = measure.endswith("ratio")
        interval = _of_gap(measure, rates, content.confidence, half, ratio=ratio)
        basis = rates["selection_rate" if measure.startswith("demographic") else "recall"]
        made.append(_gap(measure, float(getattr(found, measure)), interval, basis, content))
    return made


def _of_gap(
    measure: str, rates: dict[str, Rate], level: float, half: float, *, ratio: bool
) -> Interval:
    extreme = smallest_ratio if ratio else largest_difference
    if measure.startswith("demographic"):
        return extreme(rates["selection_rate"], level)
    if measure.startswith("equal_opportunity"):
        return extreme(rates["recall"], level)
    two = extreme(rates["recall"], half), extreme(rates["false_positive_rate"], half)
    return worst_of(*two, largest=not ratio)


def _gap(measure: str, value: float, interval: Interval, rate: Rate, content: Content) -> Gap:
    limits = content.limits
    ratio = measure.endswith("ratio")
    limit = Limit(
        limits.ratio if ratio else limits.difference,
        limits.ratio_margin if ratio else limits.difference_margin,
        at_least=ratio,
        of_ratio=ratio,
        least=limits.least,
    )
    low, high = float(interval.low), float(interval.high)
    # The group of which least is known says how much the gap is worth.
    worth = float(rate.trials[rate.defined].min()) if rate.defined.any() else 0.0
    verdict = judge(low, high, worth, limit, level=content.confidence)
    return Gap(
        measure,
        worth,
        number(value),
        number(low),
        number(high),
        interval.method,
        str(verdict.state),
        verdict.needed,
    )
