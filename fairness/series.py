"""A rate per group over time, week by week, with what changed on the way: versions and policies.

Performance with delayed labels is the same series again: rates of true labels rise and fall as labels
come, and ``number`` says how many there are of each week so far.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, LiteralString

import numpy as np

from audit.binary import rows
from fairness import codes, policies
from fairness.cells import WEEK
from fairness.counts import UNKNOWN
from fairness.derivation import WHOLE
from fairness.figures import Basis, number
from fairness.intervals.proportions import wilson
from fairness.policy import Content
from fairness.suppression import shown
from fairness.tables import Window, versions

# Per rate: of which decisions it is, and which of them are hits; as conditions on the sums.
_QUERY: Final[LiteralString] = f"""
SELECT {WEEK} AS week, stratum,
  label = ANY (%b::int[]) AS machine, effective = ANY (%b::int[]) AS effective,
  truth <> 0 AS known, truth = ANY (%b::int[]) AS actual,
  sum(weight)::float8, sum(squares)::float8
FROM fairness_cell
WHERE version = ANY (%b::int[]) AND day >= %b AND day < %b AND label <> 0
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2"""  # noqa: S608
_FIRSTS: Final[LiteralString] = """
SELECT v.model_ref, min(c.day) FROM fairness_cell c JOIN fairness_version v ON v.id = c.version
WHERE c.version = ANY (%b::int[]) GROUP BY v.model_ref ORDER BY 2, 1"""


@dataclass(frozen=True, slots=True)
class Point:
    """A week (its Monday). ``number`` decisions the rate is of; None where there are none, or where
    they are too few to be shown (``hidden``)."""

    week: date
    number: float | None
    value: float | None
    low: float | None
    high: float | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A group of the segment; ``group`` is empty for everybody."""

    group: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Marker:
    """What changed on a day: a version first decided, or the policy became this number."""

    day: date
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """A rate by the groups of a segment, and of everybody."""

    metric: str
    segment: str
    basis: Basis
    lines: tuple[Line, ...]
    markers: tuple[Marker, ...]


_Sums = dict[tuple[str, date], list[float]]


def series(
    window: Window, content: Content, *, metric: str, segment: str, basis: Basis, restricted: bool
) -> Series:
    """Week by week; the first and last week may lie partly outside the window. Raises KeyError for
    another metric."""
    wanted = [(metric, segment)]
    made = courses(window, content, wanted, basis=basis, restricted=restricted)
    return Series(metric, segment, basis, made[metric, segment], markers(window))


def courses(
    window: Window,
    content: Content,
    wanted: Collection[tuple[str, str]],
    *,
    basis: Basis,
    restricted: bool,
) -> dict[tuple[str, str], tuple[Line, ...]]:
    """The lines of several (metric, segment) at once, out of one reading of the cells. Raises KeyError
    for another metric."""
    favourable = codes.known_words(content.favourable)
    positive = codes.known_words(content.positive)
    found = rows(
        _QUERY,
        [favourable, favourable, positive, versions(window), window.since, window.until],
    )
    groups = codes.names_of_strata({row[1] for row in found})
    small = content.limits.shown if restricted else 0
    made = {}
    for metric, segment in wanted:
        named = {stratum: held.get(segment, UNKNOWN) for stratum, held in groups.items()}
        made[metric, segment] = _lines(
            _summed(found, named, metric, basis), content.confidence, small
        )
    return made


def _summed(
    found: Sequence[Sequence[Any]], groups: Mapping[int, str], metric: str, basis: Basis
) -> _Sums:
    """By group and week: hits, trials, and the trials' squared weights."""
    trial, hit = _RATES[metric]
    sums: _Sums = defaultdict(lambda: [0.0, 0.0, 0.0])
    for week, stratum, machine, effective, known, actual, weight, squares in found:
        predicted = machine if basis == "machine" else effective
        if not trial(predicted, known, actual):
            continue
        for group in (groups[stratum], ""):
            one = sums[group, week]
            one[0] += weight / WHOLE if hit(predicted, actual) else 0.0
            one[1] += weight / WHOLE
            one[2] += squares / WHOLE
    return sums


_RATES: Final[dict[str, tuple[Any, Any]]] = {
    "selection_rate": (lambda p, known, a: True, lambda p, a: p),
    "accuracy": (lambda p, known, a: known, lambda p, a: p == a),
    "precision": (lambda p, known, a: known and p, lambda p, a: a),
    "recall": (lambda p, known, a: known and a, lambda p, a: p),
    "false_positive_rate": (lambda p, known, a: known and not a, lambda p, a: p),
    "false_negative_rate": (lambda p, known, a: known and a, lambda p, a: not p),
}


def _lines(sums: _Sums, level: float, small: int) -> tuple[Line, ...]:
    hidden = _hidden(sums, small) if small else frozenset()
    names = sorted({group for group, _ in sums})
    return tuple(
        Line(
            group,
            tuple(
                Point(week, None, None, None, None, hidden=True)
                if (group, week) in hidden
                else _point(week, sums[group, week], level)
                for name, week in sorted(sums)
                if name == group
            ),
        )
        for group in names
    )


def _hidden(sums: _Sums, small: int) -> frozenset[tuple[str, date]]:
    """Groups too small in a week, and those that would tell of them beside everybody's number."""
    found: set[tuple[str, date]] = set()
    for week in {week for _, week in sums}:
        names = [group for group, one in sums if one == week and group]
        seen = shown(np.ceil([sums[group, week][1] for group in names]), small=small)
        found |= {(group, week) for group, here in zip(names, seen.cells, strict=True) if not here}
    return frozenset(found)


def _point(week: date, one: Sequence[float], level: float) -> Point:
    hits, trials, squares = one
    worth = trials**2 / squares
    interval = wilson(np.array(worth * hits / trials), np.array(worth), level)
    return Point(
        week, trials, hits / trials, number(float(interval.low)), number(float(interval.high))
    )


def markers(window: Window) -> tuple[Marker, ...]:
    """What changed in a window, in order of days."""
    firsts = [
        Marker(day, "version", ref)
        for ref, day in rows(_FIRSTS, [versions(window)])
        if window.since <= day < window.until
    ]
    changed = [
        Marker(one.set_at.date(), "policy", str(one.number))
        for one in policies.policies(window.use_case)
        if window.since <= one.set_at.date() < window.until
    ]
    return tuple(sorted([*firsts, *changed], key=lambda one: (one.day, one.kind, one.text)))
