"""Data quality of a version: what is missing, out of range or unseen, feature by feature, and broken rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from fairness.drift.verdicts import LEAST
from fairness.drifting import FeatureWeek, Rate
from fairness.outputs import LABEL, SCORE
from fairness.references import ReferenceView
from governance.charts import Sparkline, sparkline
from governance.pages import formats
from governance.pages.monitoring.drift import NO_REFERENCE, NO_WEEKS
from governance.pages.monitoring.place import Asked, Place, mondays, weeks_filter
from governance.pages.monitoring.trouble import RATES, excess, rate_of, trouble
from governance.pages.monitoring.words import counted, newest
from governance.pages.outcomes import VIOLATIONS
from governance.pages.pieces import Badge, Banner, Fact, Filter, State, Tab
from governance.pages.sheets import Sheet, SheetColumn

GONE: Final = Badge("Not sent", "bad", "ban")
WORSE: Final = Badge("Worse", "warn", "alert-triangle")
FINE: Final = Badge("As in reference", "good", "check")
FEW: Final = Badge("Too few to judge", "neutral", "circle-dashed")


@dataclass(frozen=True, slots=True)
class RateCell:
    """A rate of the newest week. ``value`` is a dash where the feature has no such rate."""

    value: str
    detail: str = ""
    reference: str = ""
    spark: Sparkline | None = None
    worse: bool = False


@dataclass(frozen=True, slots=True)
class QualityRow:
    label: str
    name: str
    url: str
    badge: Badge
    missing: RateCell
    beyond: RateCell
    unseen: RateCell
    named: str


@dataclass(frozen=True, slots=True)
class BrokenRule:
    label: str
    now: str
    total: str
    spark: Sparkline


@dataclass(frozen=True, slots=True)
class QualityPage:
    """``rows`` empty where ``instead`` says why; the most troubled first."""

    case: str
    title: str
    model_ref: str
    tabs: tuple[Tab, ...]
    facts: tuple[Fact, ...]
    banners: tuple[Banner, ...]
    url: str
    filters: tuple[Filter, ...]
    instead: State | None
    text: str
    rows: tuple[QualityRow, ...]
    rules: tuple[BrokenRule, ...]
    sheet: Sheet
    csv: str


def quality_page(
    place: Place,
    asked: Asked,
    found: Sequence[FeatureWeek],
    broken: Sequence[tuple[date, str, int]],
    reference: ReferenceView | None,
    *,
    restricted: bool,
) -> QualityPage:
    """``found``: features week by week, outputs left aside; ``broken``: by week and rule."""
    found = [one for one in found if one.feature not in {LABEL, SCORE}]
    last = asked.week or newest(found)
    now = [one for one in found if one.week == last]
    rows = _rows(place, asked, found, now)
    return QualityPage(
        case=place.case.name,
        title=place.title,
        model_ref=place.version.model_ref,
        tabs=place.tabs("quality"),
        facts=_facts(now, rows, broken, last),
        banners=_banners(asked, restricted=restricted),
        url=place.url("data-quality"),
        filters=(weeks_filter(found, last), *asked.filters({"": ""})),
        instead=None if found else NO_WEEKS if reference else NO_REFERENCE,
        text=_text(last),
        rows=rows,
        rules=_rules(asked, broken),
        sheet=_sheet(place, found),
        csv=f"{place.url('data-quality')}{asked.query(format='csv')}",
    )


def _rows(
    place: Place, asked: Asked, found: Sequence[FeatureWeek], now: Sequence[FeatureWeek]
) -> tuple[QualityRow, ...]:
    troubled = {one.feature: names for one, names in trouble(now)}
    order = {name: at for at, name in enumerate(troubled)}

    def place_of(one: FeatureWeek) -> tuple[int, float, str]:
        most = max(excess(one, name) for name in RATES)
        return order.get(one.feature, len(order)), -most, one.feature

    return tuple(
        _row(place, asked, one, [other for other in found if other.feature == one.feature],
             troubled.get(one.feature, []))
        for one in sorted(now, key=place_of)
    )  # fmt: skip


def _row(
    place: Place,
    asked: Asked,
    one: FeatureWeek,
    weeks: Sequence[FeatureWeek],
    worse: Sequence[str],
) -> QualityRow:
    cells = {name: _cell(one, name, weeks, asked, name in worse) for name in RATES}
    named = [
        f"{place.category(one.feature, name)} ({counted(many)})" for name, many in one.unseen_names
    ]
    more = f" and {len(named) - 5} more" if len(named) > 5 else ""
    return QualityRow(
        label=place.label(one.feature),
        name=one.feature,
        url=place.url("drift-feature", one.feature) + f"?week={one.week.isoformat()}",
        badge=_badge(one, worse),
        missing=cells["missing"],
        beyond=cells["beyond"],
        unseen=cells["unseen"],
        named=", ".join(named[:5]) + more,
    )


def _badge(one: FeatureWeek, worse: Sequence[str]) -> Badge:
    if one.missing.value == 1.0 and (one.missing.reference or 0.0) < 1.0:
        return GONE
    if worse:
        return WORSE
    return FEW if one.decisions < LEAST else FINE


def _cell(
    one: FeatureWeek, name: str, weeks: Sequence[FeatureWeek], asked: Asked, worse: bool
) -> RateCell:
    rate = rate_of(one, name)
    if rate is None:
        return RateCell(formats.NONE)
    if rate.value is None:
        return RateCell("few", "too few to be shown")
    by_week = {other.week: found.value for other in weeks if (found := rate_of(other, name))}
    if not rate.value and not rate.reference and not any(by_week.values()):
        return RateCell("none")
    values = [by_week.get(week) for week in mondays(min(by_week), asked.until)]
    reference = f"reference {formats.percent(rate.reference)}" if rate.reference is not None else ""
    bounds = formats.percents(rate.low or 0.0, rate.high or 0.0) if rate.value else ""
    drawn = [None if value is None else 100 * value for value in values]
    spark = sparkline(drawn, what=f"Per cent {RATES[name]} by week", digits=1)
    shown = spark if any(drawn) else None
    return RateCell(formats.percent(rate.value), bounds, reference, shown, worse)


def _facts(
    now: Sequence[FeatureWeek],
    rows: Sequence[QualityRow],
    broken: Sequence[tuple[date, str, int]],
    last: date | None,
) -> tuple[Fact, ...]:
    worse = sum(row.badge in {WORSE, GONE} for row in rows)
    rules = sum(many for _, _, many in broken)
    unseen = sum(bool(one.unseen and one.unseen.value) for one in now)
    return (
        Fact("Week of", formats.day(last) if last else formats.NONE,
             f"{counted(max((one.decisions for one in now), default=0))} decisions" if now else ""),
        Fact("Features with trouble", f"{worse} of {len(now)}" if now else formats.NONE,
             tone="warn" if worse else "", icon="alert-triangle" if worse else ""),
        Fact("With unseen categories", formats.count(unseen)),
        Fact("Rules broken", formats.count(rules), "recorded all the same", tone="warn" if rules else "",
             icon="alert-triangle" if rules else ""),
    )  # fmt: skip


def _banners(asked: Asked, *, restricted: bool) -> tuple[Banner, ...]:
    banners = [Banner("warn", "", asked.problem)] if asked.problem else []
    if restricted:
        text = "Rates that tell of few people, and unseen categories that few have, are not shown to you."
        banners.append(Banner("neutral", "", text))
    return tuple(banners)


def _text(last: date | None) -> str:
    when = f"of the week of {formats.day(last)}" if last else ""
    return (
        f"Shares {when} with their 95 % intervals (Wilson), the reference's, and their course over the weeks. "
        "Worse: higher than in the reference, at 5 % for all rates of the week together (Bonferroni)."
    )


def _rules(asked: Asked, broken: Sequence[tuple[date, str, int]]) -> tuple[BrokenRule, ...]:
    weeks = mondays(asked.since, asked.until)
    made = []
    for rule in sorted({one for _, one, _ in broken}):
        by_week = {week: many for week, one, many in broken if one == rule}
        values = [float(by_week.get(week, 0)) for week in weeks]
        label = VIOLATIONS.get(rule, formats.words(rule).capitalize())
        made.append(
            BrokenRule(
                label,
                counted(values[-1]),
                counted(sum(values)),
                sparkline(values, what=f"{label}: decisions by week"),
            )
        )
    return tuple(made)


def _sheet(place: Place, found: Sequence[FeatureWeek]) -> Sheet:
    columns = [
        SheetColumn("Feature"),
        SheetColumn("Week of", "day"),
        SheetColumn("Decisions", "count"),
    ]
    for label in ("Missing", "Out of range", "Unseen"):
        columns += [
            SheetColumn(f"{label}{part}", "share") for part in ("", " low", " high", ", reference")
        ]
        columns.append(SheetColumn(f"{label} p", "p"))
    columns.append(SheetColumn("Unseen categories"))
    rows = [
        (
            one.feature,
            one.week,
            one.decisions,
            *(figure for name in RATES for figure in _figures(rate_of(one, name))),
            ", ".join(f"{name} ({counted(many)})" for name, many in one.unseen_names),
        )
        for one in found
    ]
    caption = f"Data quality of {place.title} by feature and week"
    return Sheet(f"quality-{place.version.model_ref}", caption, tuple(columns), tuple(rows))


def _figures(rate: Rate | None) -> tuple[float | None, ...]:
    if rate is None:
        return (None,) * 5
    return rate.value, rate.low, rate.high, rate.reference, rate.p
