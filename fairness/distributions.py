"""A feature's values in a week beside its reference, bar by bar; and between which weeks features changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

import numpy as np

from fairness.counts import Floats
from fairness.drift.changes import changes
from fairness.drift.histograms import Histogram, tenths
from fairness.suppression import shown
from fairness.weeks import Weekly, categories, histograms, weekly

Kind = Literal["below", "part", "above", "category", "others", "unseen"]

# Further categories are counted together as others.
MOST: Final = 15


@dataclass(frozen=True, slots=True)
class Bar:
    """How many values there were of the reference and of the week; None where it may not be shown.

    part: a tenth of the reference, from ``low`` to ``high``; below, above: outside its range;
    unseen: a category the reference has not.
    """

    kind: Kind
    name: str
    low: float | None
    high: float | None
    reference: float | None
    week: float | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values by bars; ``number`` and ``reference_number`` of them, and how many were missing beside.

    Where ``missing`` is None it may not be shown, and ``number`` counts all decisions.
    """

    feature: str
    kind: str
    week: date
    bars: tuple[Bar, ...]
    number: float
    reference_number: float
    missing: float | None
    reference_missing: float

    @property
    def hidden(self) -> int:
        """How many bars may not be shown whole."""
        return sum(bar.week is None or bar.reference is None for bar in self.bars)


@dataclass(frozen=True, slots=True)
class FeatureChange:
    """The distribution changed with this week: ``size`` is the Jensen-Shannon distance of the weeks
    before and after it; ``p`` is adjusted for all weeks and features looked at."""

    feature: str
    week: date
    p: float
    size: float


def distribution(use_case: str, model_ref: str, feature: str, week: date) -> Distribution | None:
    """None without such a feature, or without decisions in the week (its Monday)."""
    ref = (use_case, model_ref)
    after = date.fromordinal(week.toordinal() + 1)
    for one in weekly([ref], since=week, until=after).get(ref, []):
        if one.name == feature and week in one.weeks:
            return _numbers(one, week) if one.numeric else _names(one, week)
    return None


def without_small(given: Distribution, small: int) -> Distribution:
    """Without bars of too few people on either side, and those that would tell of them beside the
    number of decisions; what is missing counts as a bar."""
    missing = given.missing or 0.0
    old = _shown([bar.reference or 0.0 for bar in given.bars], small)
    new = _shown([*(bar.week or 0.0 for bar in given.bars), missing], small)
    bars = tuple(
        replace(
            bar,
            reference=bar.reference if old[at] else None,
            week=bar.week if new[at] else None,
            # The name of what nobody else is tells of them by itself.
            name=bar.name if new[at] or bar.kind != "unseen" else "",
        )
        for at, bar in enumerate(given.bars)
    )
    if new[-1]:
        return replace(given, bars=bars)
    return replace(given, bars=bars, missing=None, number=given.number + missing)


def _shown(counts: Sequence[float], small: int) -> Sequence[bool]:
    return [bool(one) for one in shown(np.ceil(counts), small=small, sums=[()]).cells]


def feature_changes(
    use_case: str, model_ref: str, *, since: date, until: date
) -> list[FeatureChange]:
    """All changes, largest first: a false one among all of a version's features has a chance of at
    most drift.changes.ALPHA. Deciles or categories, and missing values, in weeks with decisions."""
    ref = (use_case, model_ref)
    found = weekly([ref], since=since, until=until).get(ref, [])
    return sorted(
        (
            FeatureChange(one.name, sorted(one.weeks)[change.at], change.p, change.size)
            for one in found
            for change in changes(_table(one), sequences=len(found))
        ),
        key=lambda change: (-change.size, change.feature, change.week),
    )


def _numbers(one: Weekly, week: date) -> Distribution:
    old, new = histograms(one, one.weeks[week])
    part = _inner(old)
    bars = [
        Bar("part", "", *_ends(old, part == at), *_sums(old, new, part == at))
        for at in range(int(part.max()) + 1)
    ]
    edge = np.arange(len(old.counts))
    below = Bar("below", "", None, _lowest(old), *_sums(old, new, edge == 0))
    above = Bar("above", "", _highest(old), None, *_sums(old, new, edge == len(edge) - 1))
    return Distribution(
        feature=one.name,
        kind="number",
        week=week,
        bars=tuple([*(bar for bar in (below,) if bar.week or bar.reference), *bars]
        + [bar for bar in (above,) if bar.week or bar.reference]),
        number=new.number,
        reference_number=old.number,
        missing=new.missing,
        reference_missing=old.missing,
    )  # fmt: skip


def _inner(old: Histogram) -> np.ndarray:
    """The reference's tenth of each count; -1 for what lies outside its range."""
    part = tenths(old).copy()
    part[[0, -1]] = -1
    return part


def _single(old: Histogram) -> bool:
    """Whether each bin is of one value: then the last edge is but the next number."""
    return bool(old.edges[-1] == np.nextafter(old.edges[-2], np.inf))


def _lowest(old: Histogram) -> float:
    return float(old.edges[0])


def _highest(old: Histogram) -> float:
    return float(old.edges[-2] if _single(old) else old.edges[-1])


def _ends(old: Histogram, here: np.ndarray) -> tuple[float, float]:
    """The smallest and largest value of some counts that follow each other."""
    bins = np.flatnonzero(here[1:-1])
    last = bins[-1] if _single(old) else bins[-1] + 1
    return float(old.edges[bins[0]]), float(old.edges[last])


def _sums(old: Histogram, new: Histogram, here: np.ndarray) -> tuple[float, float]:
    return float(old.counts[here].sum()), float(new.counts[here].sum())


def _names(one: Weekly, week: date) -> Distribution:
    old: Mapping[str, float] = one.reference["categories"]
    new, missing = categories(one.weeks[week])
    n, m = sum(old.values()), sum(new.values())
    weight = {
        name: max(old.get(name, 0) / max(n, 1), new.get(name, 0) / max(m, 1))
        for name in {*old, *new}
    }
    often = set(sorted(weight, key=lambda name: (-weight[name], name))[:MOST])
    rest = weight.keys() - often
    bars = [
        Bar("category" if name in old else "unseen", name, None, None, old.get(name, 0.0), new.get(name, 0.0))
        for name in sorted(often, key=lambda name: (name not in old, -old.get(name, new.get(name, 0)), name))
    ]  # fmt: skip
    if rest:
        sums = [float(sum(side.get(name, 0) for name in rest)) for side in (old, new)]
        bars.append(Bar("others", str(len(rest)), None, None, *sums))
    return Distribution(
        feature=one.name,
        kind="category",
        week=week,
        bars=tuple(bars),
        number=m,
        reference_number=float(n),
        missing=missing,
        reference_missing=float(one.reference["missing"]),
    )


def _table(one: Weekly) -> Floats:
    """Weeks in order by bins, with what was missing last."""
    weeks = [one.weeks[week] for week in sorted(one.weeks)]
    if one.numeric:
        return _stacked([_binned(*histograms(one, counted)) for counted in weeks])
    known = sorted(one.reference["categories"])
    rows = []
    for counted in weeks:
        found, missing = categories(counted)
        unseen = sum(many for name, many in found.items() if name not in known)
        rows.append([*(found.get(name, 0.0) for name in known), unseen, missing])
    return _stacked(rows)


def _binned(old: Histogram, new: Histogram) -> list[float]:
    return [*np.bincount(tenths(old), new.counts).tolist(), new.missing]


def _stacked(rows: Sequence[Sequence[float]]) -> Floats:
    return np.array(rows, dtype=float) if rows else np.zeros((0, 1))
