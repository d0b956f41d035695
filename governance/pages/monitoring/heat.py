"""The heat map of drift: features by weeks, each cell a statistic and its marks, and what stands above the weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from fairness.distributions import FeatureChange
from fairness.drift.verdicts import LEAST
from fairness.drifting import FeatureWeek
from fairness.series import Marker
from governance.charts import HeatCell, HeatChart, HeatKey, heat_chart, heat_level
from governance.pages import formats
from governance.pages.monitoring.place import Asked, Place, week_of
from governance.pages.monitoring.words import Statistic, counted

MOST: Final = 40
"""Features drawn; calmer ones are in the table."""
BEYOND, CHANGED = "▲", "◆"


@dataclass(frozen=True, slots=True)
class WeekMark:
    """What stands above a week: an icon with its words, or nothing."""

    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """What every cell needs to know; ``changed`` by feature and week."""

    place: Place
    asked: Asked
    statistic: Statistic
    weeks: Sequence[date]
    changed: Mapping[tuple[str, date], FeatureChange]

    def chart(self, names: Sequence[str], found: Sequence[FeatureWeek], corner: str) -> HeatChart:
        by_place = {(one.feature, one.week): one for one in found}
        # Of categories there is no such distance: then the feature has no row.
        some = {one.feature for one in found if self.statistic.value(one) is not None}
        names = [name for name in names if name in some]
        return heat_chart(
            [self.place.label(name) for name in names],
            [formats.brief_day(week) for week in self.weeks],
            [self._cells(name, by_place) for name in names],
            title=f"{self.statistic.label} by {corner.lower()} and week",
            corner=corner,
            hrefs=[self.place.url("drift-feature", name) + self.asked.query() for name in names],
        )

    def _cells(self, name: str, found: Mapping[tuple[str, date], FeatureWeek]) -> list[HeatCell]:
        row = [found.get((name, week)) for week in self.weeks]
        values = [self.statistic.weight(one) for one in row if one is not None]
        most = max((value for value in values if value is not None), default=0.0)
        return [
            self._cell(name, week, one, most) for week, one in zip(self.weeks, row, strict=True)
        ]

    def _cell(self, name: str, week: date, one: FeatureWeek | None, most: float) -> HeatCell:
        if one is None:
            return HeatCell(
                formats.NONE, tip=f"{self.place.label(name)}, {week_of(week)}\nNothing compared"
            )
        value = self.statistic.weight(one)
        marks = [BEYOND] if self.statistic.beyond(one) else []
        marks += [CHANGED] if (name, week) in self.changed else []
        return HeatCell(
            text=self.statistic.shown(one),
            level=None if value is None else self._level(value, most),
            detail=" ".join(marks),
            tip=self._tip(one, self.changed.get((name, week))),
            href=self.place.url("drift-feature", name) + self.asked.query(week=week.isoformat()),
        )  # fmt: skip

    def _level(self, value: float, most: float) -> int:
        if self.statistic.steps:
            return sum(value >= step for step in self.statistic.steps)
        return heat_level(value, 0.0, most) if most > 0 else 0

    def keys(self) -> list[HeatKey]:
        steps = [self.statistic.figure(step) for step in self.statistic.steps]
        if not steps:
            return [HeatKey(0, "least"), HeatKey(5, "most of the row: each has its own unit")]
        between = [f"{low} to {high}" for low, high in pairwise(steps)]
        texts = [f"below {steps[0]}", *between, f"{steps[-1]} and more"]
        return [HeatKey(level, text) for level, text in enumerate(texts)]

    def _tip(self, one: FeatureWeek, change: FeatureChange | None) -> str:
        lines = [
            f"{self.place.label(one.feature)}, {week_of(one.week)}",
            f"{counted(one.decisions)} decisions",
        ]
        if one.psi is not None and one.psi_critical is not None:
            lines.append(
                f"PSI {one.psi:.3f}; without drift above {one.psi_critical:.3f} once in twenty"
            )
        if self.asked.statistic != "psi" and self.statistic.value(one) is not None:
            lines.append(f"{self.statistic.label}: {self.statistic.shown(one)}")
        if change:
            lines.append(f"{CHANGED} changed with this week by {change.size:.2f}")
        return "\n".join(lines)  # fmt: skip


def worst_first(found: Sequence[FeatureWeek], statistic: Statistic) -> tuple[list[str], int]:
    """Features by their worst week, and how many are left out."""
    worst: dict[str, float] = {}
    for one in found:
        # Values in units of their own are not comparable: then by PSI.
        value = statistic.weight(one) if statistic.steps else one.psi
        judged_so = value if value is not None and one.decisions >= LEAST else -1.0
        worst[one.feature] = max(worst.get(one.feature, -1.0), judged_so)
    names = sorted(worst, key=lambda name: (-worst[name], name))
    return names[:MOST], max(len(names) - MOST, 0)


def week_marks(weeks: Sequence[date], markers: Sequence[Marker]) -> tuple[WeekMark, ...]:
    """One for each week, empty where nothing happened."""
    return tuple(
        WeekMark(
            ("cube" if any(one.kind == "version" for one in here) else "scale") if here else "",
            told(here),
        )
        for week in weeks
        for here in [[one for one in markers if week <= one.day < week + timedelta(days=7)]]
    )


def told(markers: Sequence[Marker]) -> str:
    """What changed, policies of the same days together."""
    versions = [
        f"{one.text} first decided on {formats.day(one.day)}"
        for one in markers
        if one.kind == "version"
    ]
    numbers = [one for one in markers if one.kind != "version"]
    if numbers:
        named = ", ".join(one.text for one in numbers)
        word = "policy" if len(numbers) == 1 else "policies"
        versions.append(f"Fairness {word} {named} since {formats.day(numbers[0].day)}")
    return "; ".join(versions)
