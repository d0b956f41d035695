"""Everything said of groups at once: rates, differences and ratios with intervals and p-values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fairness.counts import Booleans, Counts, Floats
from fairness.intervals.contract import LEVEL, Interval
from fairness.intervals.extremes import largest_difference, smallest_ratio, worst_of
from fairness.intervals.proportions import katz, newcombe, wilson
from fairness.metrics.disparities import NAMES, disparities
from fairness.metrics.rates import RATES, Confusion, Rate
from fairness.significance import Adjustment, adjusted, compare


@dataclass(frozen=True)
class OfRate:
    """One rate of every group. All arrays and intervals are (groups,).

    rate, interval: the rate (``rate.value``, ``rate.trials`` its n) and its interval.
    overall:     of everybody.
    apart:       the group's rate less that of all others, with its interval.
    p, adjusted: of no difference from all others; adjusted across all groups and rates assessed.
    exact:       where p is Fisher's.
    ratio:       rate / the reference's, with its interval; reference: the groups that have the highest
                 rate of those large enough to be compared with, and hence no interval of the ratio.
    """

    rate: Rate
    interval: Interval
    overall: float
    apart: Floats
    apart_interval: Interval
    p: Floats
    adjusted: Floats
    exact: Booleans
    ratio: Floats
    ratio_interval: Interval
    reference: Booleans


@dataclass(frozen=True)
class Assessment:
    """names: the groups; decisions: of each; coverage: share of them whose true label is known.

    rates: per name in RATES. disparities: per name in ``metrics.disparities.NAMES`` the value, by
    Fairlearn's conventions, and the interval, of groups in which the rate is defined.
    """

    attributes: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    decisions: Floats
    coverage: Floats
    rates: Mapping[str, OfRate]
    disparities: Mapping[str, tuple[float, Interval]]


def assess(
    counts: Counts,
    *by: str,
    level: float = LEVEL,
    adjustment: Adjustment = "holm",
    least: float = 0.0,
) -> Assessment:
    """Of the groups of these attributes.

    ``least``: decisions it takes to be the reference of ratios, so that three people who were all
    selected do not put everybody else below four fifths; where no group has as many, any may be it.
    Raises KeyError for an unknown attribute or adjustment, ValueError for a level that is none.
    """
    confusion = Confusion.of(counts, *by)
    rates = {name: confusion.rate(name) for name in RATES}
    whole = confusion.overall()
    overall = {name: float(whole.rate(name).value[0]) for name in RATES}
    compared = {name: compare(*_against_rest(rate)) for name, rate in rates.items()}
    corrected = adjusted(np.stack([one.p for one in compared.values()]), adjustment)
    found = {}
    for at, (name, rate) in enumerate(rates.items()):
        ratio, ratio_interval, reference = _to_highest(rate, level, least)
        hits, trials, rest_hits, rest_trials = _against_rest(rate)
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = hits / trials - rest_hits / rest_trials
        found[name] = OfRate(
            rate,
            wilson(hits, trials, level),
            overall[name],
            apart,
            newcombe(hits, trials, rest_hits, rest_trials, level),
            compared[name].p,
            corrected[at],
            compared[name].exact,
            ratio,
            ratio_interval,
            reference,
        )
    return Assessment(
        confusion.attributes,
        confusion.names,
        confusion.decisions,
        confusion.coverage,
        found,
        _disparities(confusion, rates, level),
    )


def _against_rest(rate: Rate) -> tuple[Floats, Floats, Floats, Floats]:
    """Hits and trials of each group, and of all others together."""
    hits, trials = rate.hits, rate.trials
    rest = rate.denominator.sum() - rate.denominator
    squares = rate.squares.sum() - rate.squares
    with np.errstate(divide="ignore", invalid="ignore"):
        rest_trials = np.where(rest > 0, rest**2 / squares, 0.0)
        share = np.where(rest > 0, (rate.numerator.sum() - rate.numerator) / rest, 0.0)
    return hits, trials, np.asarray(share * rest_trials), rest_trials


def _to_highest(rate: Rate, level: float, least: float) -> tuple[Floats, Interval, Booleans]:
    large = rate.defined & (rate.trials >= least)
    able = large if large.any() else rate.defined
    highest = int(np.argmax(np.where(able, rate.estimate, -np.inf)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.asarray(rate.estimate / rate.estimate[highest])
    reference = np.asarray(able & (rate.estimate == rate.estimate[highest]))
    interval = katz(rate.hits, rate.trials, rate.hits[highest], rate.trials[highest], level)
    return ratio, interval.without(reference), reference


def _disparities(
    confusion: Confusion, rates: Mapping[str, Rate], level: float
) -> dict[str, tuple[float, Interval]]:
    values = disparities(confusion)
    shared = 1 - (1 - level) / 2
    selection, recall, wrong = (
        rates[name] for name in ("selection_rate", "recall", "false_positive_rate")
    )
    intervals = (
        largest_difference(selection, level),
        smallest_ratio(selection, level),
        worst_of(
            largest_difference(recall, shared), largest_difference(wrong, shared), largest=True
        ),
        worst_of(smallest_ratio(recall, shared), smallest_ratio(wrong, shared), largest=False),
        largest_difference(recall, level),
        smallest_ratio(recall, level),
    )
    return {
        name: (float(getattr(values, name)), interval)
        for name, interval in zip(NAMES, intervals, strict=True)
    }
