"""Drift of a version: features by weeks as a heat map, what changed when, and the whole as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fairness.distributions import FeatureChange
from fairness.drift.changes import ALPHA
from fairness.drift.verdicts import LEAST
from fairness.drifting import FeatureWeek
from fairness.references import ReferenceView
from fairness.series import Marker
from governance.charts import HeatChart, HeatKey
from governance.pages import formats
from governance.pages.monitoring.heat import (
    BEYOND,
    CHANGED,
    MOST,
    Grid,
    WeekMark,
    told,
    week_marks,
    worst_first,
)
from governance.pages.monitoring.place import OUTPUTS, Asked, Place, mondays
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
from governance.pages.tables import row

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
    grid = Grid(place, asked, statistic, weeks, {(one.feature, one.week): one for one in changes})
    shown, left = worst_first(features, statistic)
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
        marks=week_marks(weeks, markers),
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
    judged_ones = [
        one for one in found if one.decisions >= LEAST and statistic.value(one) is not None
    ]
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
