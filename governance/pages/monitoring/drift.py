"""Drift of a version: features by weeks as a heat map, what changed when, and the whole as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from fairness.distributions import FeatureChange
from fairness.drift.changes import ALPHA
from fairness.drift.verdicts import LEAST
from fairness.drifting import FeatureWeek
from fairness.references import ReferenceView
from fairness.series import Marker
from governance.charts import HeatCell, HeatChart, HeatKey, heat_chart, heat_level
from governance.pages import formats
from governance.pages.monitoring.place import OUTPUTS, Asked, Place, mondays, week_of
from governance.pages.monitoring.words import (
    BADGES,
    CHOICES,
    MEANING,
    STATISTICS,
    Statistic,
    counted,
    judged,
    newest,
    worst_of,
)
from governance.pages.pieces import (
    Badge,
    Banner,
    Cell,
    Column,
    Empty,
    Fact,
    Filter,
    State,
    Tab,
    Table,
)
from governance.pages.sheets import Sheet, SheetColumn
from governance.pages.tables import row

MOST: Final = 40
"""Features drawn; calmer ones are in the table."""
BEYOND, CHANGED = "▲", "◆"
NO_REFERENCE: Final = State(
    "not_available",
    "No reference to compare with",
    "What features of this version should look like comes with its profile: the background it is explained "
    "against becomes the reference. Register a profile, and all decisions so far are compared too.",
)
NO_WEEKS: Final = State(
    "empty",
    "No weeks to compare yet",
    "The reference is there; no decision of these weeks has been counted. Decisions are counted within "
    "seconds of being recorded.",
)


@dataclass(frozen=True, slots=True)
class WeekMark:
    """What stands above a week: an icon with its words, or nothing."""

    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class DriftPage:
    """``heat`` None where ``instead`` says why; ``outputs`` what the version said, in the same columns."""

    case: str
    title: str
    model_ref: str
    tabs: tuple[Tab, ...]
    facts: tuple[Fact, ...]
    banners: tuple[Banner, ...]
    url: str
    filters: tuple[Filter, ...]
    instead: State | None
    heat: HeatChart | None
    outputs: HeatChart | None
    marks: tuple[WeekMark, ...]
    columns: tuple[str, ...]
    keys: tuple[HeatKey, ...]
    caption: str
    wide: bool
    text: str
    note: str
    changes: Table
    changes_text: str
    csv: str


def drift_page(
    place: Place,
    asked: Asked,
    found: Sequence[FeatureWeek],
    changes: Sequence[FeatureChange],
    markers: Sequence[Marker],
    reference: ReferenceView | None,
    *,
    restricted: bool,
) -> DriftPage:
    """``restricted``: what tells of few people was left out of what was found."""
    features = [one for one in found if one.feature not in OUTPUTS]
    said = [one for one in found if one.feature in OUTPUTS]
    first = min((one.week for one in found), default=asked.since)
    weeks = [week for week in mondays(asked.since, asked.until) if week >= first]
    statistic = STATISTICS[asked.statistic]
    grid = _Grid(place, asked, statistic, weeks, {(one.feature, one.week): one for one in changes})
    shown, left = _sorted(features, statistic)
    return DriftPage(
        case=place.case.name,
        title=place.title,
        model_ref=place.version.model_ref,
        tabs=place.tabs("drift"),
        facts=_facts(place, features, said, reference),
        banners=_banners(asked, reference, said, restricted=restricted),
        url=place.url("drift"),
        filters=asked.filters(CHOICES),
        instead=None if found else NO_WEEKS if reference else NO_REFERENCE,
        heat=grid.chart(shown, features, "Feature") if shown else None,
        outputs=grid.chart(list(OUTPUTS), said, "Output") if said else None,
        marks=_marks(weeks, markers),
        columns=tuple(formats.brief_day(week) for week in weeks),
        keys=tuple(grid.keys()),
        caption=f"{statistic.label} by feature and week",
        wide=len(weeks) > 16,
        text=f"{statistic.text} {BEYOND} larger than in nineteen of twenty weeks without drift; {CHANGED} the "
        "distribution changed with this week.",
        note=_note(found, statistic, left),
        changes=_changes(place, changes, markers),
        changes_text="Weeks from which a feature is distributed otherwise than before, the largest change first: "
        "runs of weeks are held against the others by the likelihood ratio of tenths or categories, missing values "
        "included. The "
        f"chance of any false one among all features of these weeks is at most {100 * ALPHA:.0f} %.",
        csv=f"{place.url('drift')}{asked.query(format='csv')}",
    )


@dataclass(frozen=True, slots=True)
class _Grid:
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


def _sorted(found: Sequence[FeatureWeek], statistic: Statistic) -> tuple[list[str], int]:
    """Features by their worst week, and how many are left out."""
    worst: dict[str, float] = {}
    for one in found:
        # Values in units of their own are not comparable: then by PSI.
        value = statistic.weight(one) if statistic.steps else one.psi
        judged_so = value if value is not None and one.decisions >= LEAST else -1.0
        worst[one.feature] = max(worst.get(one.feature, -1.0), judged_so)
    names = sorted(worst, key=lambda name: (-worst[name], name))
    return names[:MOST], max(len(names) - MOST, 0)


def _marks(weeks: Sequence[date], markers: Sequence[Marker]) -> tuple[WeekMark, ...]:
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


def _facts(
    place: Place,
    features: Sequence[FeatureWeek],
    said: Sequence[FeatureWeek],
    reference: ReferenceView | None,
) -> tuple[Fact, ...]:
    last = newest([*features, *said])
    now, spoken = ([one for one in those if one.week == last] for those in (features, said))
    badge, which = _worst(place, now)
    output, said_so = _worst(place, spoken)
    rows = f"{formats.count(reference.number)} rows" if reference else "None"
    return (
        Fact("Features", badge.text, which, badge.tone, badge.icon, badge=True),
        Fact("Outputs", output.text, said_so if spoken else "compared from the fifth week on",
             output.tone, output.icon, badge=True),
        Fact("Newest week judged", formats.day(last) if last else formats.NONE,
             f"{counted(max((o.decisions for o in (*now, *spoken)), default=0))} decisions" if last else ""),
        Fact("Drifting features", _drifting(now) if now else formats.NONE),
        Fact("Reference", rows, "the profile's background" if reference else ""),
    )  # fmt: skip


def _worst(place: Place, now: Sequence[FeatureWeek]) -> tuple[Badge, str]:
    word, one = worst_of(now)
    calm = one is None or word in {"none", "insufficient"}
    return BADGES[
        word
    ], "" if calm or one is None else f"{place.label(one.feature)}, PSI {one.psi or 0:.2f}"


def _drifting(now: Sequence[FeatureWeek]) -> str:
    many = sum(judged(one, len(now)) not in {"none", "insufficient"} for one in now)
    return f"{many} of {len(now)}"


def _banners(
    asked: Asked,
    reference: ReferenceView | None,
    said: Sequence[FeatureWeek],
    *,
    restricted: bool,
) -> tuple[Banner, ...]:
    told_so = []
    if asked.problem:
        told_so.append(Banner("warn", "", asked.problem))
    if reference is None and said:
        told_so.append(Banner("info", NO_REFERENCE.title, NO_REFERENCE.text))
    if restricted:
        told_so.append(
            Banner(
                "neutral",
                "",
                "Weeks of few decisions and values that few people have are not shown to you.",
            )
        )
    return tuple(told_so)


def _note(found: Sequence[FeatureWeek], statistic: Statistic, left: int) -> str:
    judged_ones = [one for one in found if one.decisions >= LEAST]
    beyond = sum(statistic.beyond(one) for one in judged_ones)
    parts = [MEANING]
    if judged_ones:
        parts.insert(
            0,
            f"{BEYOND} stands in {beyond} of {len(judged_ones)} cells of {LEAST} decisions or more; chance alone "
            f"would put it in about {round(len(judged_ones) / 20)}.",
        )
    if left:
        parts.append(f"{formats.plural(left, 'calmer feature')} stand in the table only.")
    return " ".join(parts)


def _changes(place: Place, changes: Sequence[FeatureChange], markers: Sequence[Marker]) -> Table:
    columns = (
        Column("Feature"),
        Column("Changed with the week of"),
        Column("Size", "num"),
        Column("Adjusted p", "num"),
        Column("In the same week", wide=True),
    )
    rows = [
        row(
            columns,
            Cell(
                place.label(one.feature),
                url=place.url("drift-feature", one.feature) + f"?week={one.week.isoformat()}",
            ),
            Cell(formats.day(one.week)),
            Cell(formats.figure(one.size, 2)),
            Cell("< 0.001" if one.p < 0.001 else f"{one.p:.3f}"),
            Cell(_meanwhile(one.week, markers)),
        )
        for one in changes
    ]
    empty = Empty("No change found", "No feature changed its distribution between these weeks.")
    return Table("Changes of features", columns, tuple(rows[:MOST]), empty)


def _meanwhile(week: date, markers: Sequence[Marker]) -> str:
    here = [one for one in markers if week <= one.day < week + timedelta(days=7)]
    return told(here) or formats.NONE


_RATES: Final = ("missing", "beyond", "unseen")


def sheet(place: Place, found: Sequence[FeatureWeek]) -> Sheet:
    """Every figure of every feature and week."""
    columns = [
        SheetColumn("Feature"),
        SheetColumn("Week of", "day"),
        SheetColumn("Decisions", "count"),
    ]
    columns += [
        SheetColumn(label, "p" if label.endswith(" p") else "number")
        for label in (
            "PSI", "PSI without drift (95 %)", "Chi-square", "Chi-square p", "Jensen–Shannon", "KS", "KS at most",
            "KS p", "Wasserstein", "Wasserstein error",
        )
    ]  # fmt: skip
    columns += [SheetColumn(label, "share") for label in ("Missing", "Out of range", "Unseen")]
    rows = [
        (
            one.feature, one.week, one.decisions, one.psi, one.psi_critical, one.chi_square, one.chi_square_p,
            one.jensen_shannon, one.ks, one.ks_at_most, one.ks_p, one.wasserstein, one.wasserstein_error,
            *(rate.value if (rate := getattr(one, name)) else None for name in _RATES),
        )
        for one in found
    ]  # fmt: skip
    name = f"drift-{place.version.model_ref}"
    return Sheet(name, f"Drift of {place.title} by feature and week", tuple(columns), tuple(rows))
