"""New York City's bias audit: rates and impact ratios per category (Local Law 144, 6 RCNY 5-301).

(b) of tools that select, by selection rate; (c) of tools that score, by scoring rate: the share of a
category that scores strictly above the median of the full sample. Each for sex, for race and
ethnicity, and for their intersections, compared within each of the three. The rule has no threshold,
and neither has this. Categories are as people stated them: 5-301 knows no inferred ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from fairness.counts import UNKNOWN, Counts, of_rows

# (d): a category of less than this share of the data may be left out of impact ratios.
SMALL: Final = 0.02


@dataclass(frozen=True)
class Category:
    """number: its people; favoured: of them selected, or scored above the median; rate: their share.

    ratio: rate / the rate of the category compared with, NaN where there is none. Of a small one it
    is the auditor's choice whether to publish it, with a justification (d); it may exceed 1.
    """

    name: tuple[str, ...]
    number: int
    favoured: int
    rate: float
    ratio: float
    small: bool


@dataclass(frozen=True)
class Comparison:
    """One of the three. reference: the name of the category with the highest rate among those that
    are not small, the first of equal ones; None where there is none."""

    categories: tuple[Category, ...]
    reference: tuple[str, ...] | None


@dataclass(frozen=True)
class Audit:
    """unknown: people left out, as their sex or their race is unknown (b)(5), (c)(5).

    median: of the full sample, those people included; None of a tool that selects.
    """

    sex: Comparison
    race: Comparison
    intersections: Comparison
    unknown: int
    median: float | None


def selection_audit(counts: Counts, *, sex: str = "sex", race: str = "race") -> Audit:
    """By the predicted label of all decisions. People of level UNKNOWN are counted and left out.

    A tool that sorts people into groups is audited once per group (b)(4), with 1 for being in it.

    Raises KeyError for an attribute the table has not, ValueError for probabilities as weights.
    """
    if not counts.whole:
        raise ValueError("an audit counts people, not probabilities")
    at = [counts.position(sex), counts.position(race)]
    known = np.ones(len(counts), dtype=bool)
    for one in at:
        known &= np.array(counts.levels[one], dtype=object)[counts.codes[:, one]] != UNKNOWN
    inside = counts.keep(known)
    return Audit(
        _compared(inside, sex),
        _compared(inside, race),
        _compared(inside, sex, race),
        round(float(counts.weight[~known].sum())),
        None,
    )


def scoring_audit(scores: ArrayLike, sex: Sequence[str], race: Sequence[str]) -> Audit:
    """Of single people, (rows,) each. Raises ValueError for a score that is missing, or no people."""
    given = np.asarray(scores, dtype=float)
    if not len(given) or np.isnan(given).any():
        raise ValueError("an audit of scores needs a score of everybody")
    median = float(np.median(given))
    people = of_rows(
        {"sex": sex, "race": race}, (given > median).astype(int), np.zeros(len(given), dtype=int)
    )
    found = selection_audit(people)
    return Audit(found.sex, found.race, found.intersections, found.unknown, median)


def _compared(counts: Counts, *by: str) -> Comparison:
    groups = counts.groups(*by)
    number = groups.sum(counts.weight)
    favoured = groups.sum(counts.weight * counts.predicted)
    met = np.flatnonzero(number)
    names = [groups.names[at] for at in met]
    return compare(names, number[met].astype(int).tolist(), favoured[met].astype(int).tolist())


def compare(
    names: Sequence[tuple[str, ...]], number: Sequence[int], favoured: Sequence[int]
) -> Comparison:
    """Categories by how many people they have and how many of them are favoured.

    Raises ValueError for a category without people, or more favoured than people.
    """
    if any(
        not 0 <= some <= of_them or not of_them
        for some, of_them in zip(favoured, number, strict=True)
    ):
        raise ValueError("a category has people, and no more favoured ones than people")
    total = sum(number)
    rates = [some / of_them for some, of_them in zip(favoured, number, strict=True)]
    small = [of_them < SMALL * total for of_them in number]
    candidates = [at for at in range(len(names)) if not small[at]]
    best = max(candidates, key=rates.__getitem__, default=None)
    highest = rates[best] if best is not None else 0.0
    categories = [
        Category(name, number[at], favoured[at], rates[at], _ratio(rates[at], highest), small[at])
        for at, name in enumerate(names)
    ]
    return Comparison(tuple(categories), names[best] if best is not None else None)


def _ratio(rate: float, highest: float) -> float:
    return rate / highest if highest else float("nan")
