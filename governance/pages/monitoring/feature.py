"""One feature of a version: a week's values beside the reference, every statistic with its bounds, and its course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fairness.distributions import Bar, Distribution, FeatureChange
from fairness.drifting import FeatureWeek, Rate
from fairness.series import Marker
from governance.charts import Bin, Columns, Histogram, Week, columns, histogram
from governance.pages import formats
from governance.pages.monitoring.drift import sheet, told
from governance.pages.monitoring.place import Asked, Place, mondays, week_of, weeks_filter
from governance.pages.monitoring.words import BADGES, CHOICES, STATISTICS, counted, judged, sentence
from governance.pages.pieces import Banner, Fact, Filter, State, Tab, Tone
from governance.pages.sheets import Sheet, SheetColumn, p_value

FEW: Final = State(
    "not_available",
    "Nothing to show of this week",
    "No decision of this version was counted in the week, or so few that they are not shown to you.",
)
SIDES: Final = {"below": "Below the reference", "above": "Above the reference"}


@dataclass(frozen=True, slots=True)
class Line:
    """A statistic with its value, what bounds it, and the p-value of no difference."""

    label: str
    value: str
    bound: str
    p: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class FeaturePage:
    """``chart`` None where ``instead`` says why. ``trend`` None without a week."""

    case: str
    title: str
    feature: str
    name: str
    sub: str
    up: str
    tabs: tuple[Tab, ...]
    facts: tuple[Fact, ...]
    banners: tuple[Banner, ...]
    url: str
    filters: tuple[Filter, ...]
    instead: State
    when_title: str
    chart: Histogram | None
    chart_text: str
    chart_note: str
    sheet: Sheet | None
    lines: tuple[Line, ...]
    trend: Columns | None
    trend_title: str
    trend_text: str
    trend_bound: str
    changes: tuple[str, ...]
    weeks: Sheet
    csv: str
    weeks_csv: str


def feature_page(
    place: Place,
    asked: Asked,
    name: str,
    found: Sequence[FeatureWeek],
    distribution: Distribution | None,
    changes: Sequence[FeatureChange],
    markers: Sequence[Marker],
    *,
    among: int,
) -> FeaturePage:
    """``found``: the feature's own weeks, ``among`` how many features it is judged with."""
    now = next((one for one in found if one.week == asked.week), None)
    statistic = STATISTICS[asked.statistic]
    here = asked.query(week=asked.week.isoformat() if asked.week else "")
    url, kind = place.url("drift-feature", name), found[0].kind if found else ""
    return FeaturePage(
        case=place.case.name,
        title=place.title,
        feature=place.label(name),
        name=name,
        sub=f"{_kind(kind)} of {place.version.model_ref}, against the reference",
        up=place.url("drift") + asked.query(),
        tabs=place.tabs("drift"),
        facts=_facts(place, now, among) if now else (),
        banners=_banners(asked, now),
        url=url,
        filters=(weeks_filter(found, asked.week), *asked.filters(CHOICES)),
        instead=FEW,
        when_title=sentence(week_of(asked.week)) if asked.week else "",
        chart=_chart(place, distribution) if distribution else None,
        chart_text=_chart_text(distribution) if distribution else "",
        chart_note=_chart_note(distribution) if distribution else "",
        sheet=_bars(place, distribution) if distribution else None,
        lines=_lines(place, now) if now else (),
        trend=_trend(place, asked, name, found, markers) if found else None,
        trend_title=statistic.label,
        trend_text=f"{statistic.text} The marked week is the one shown above; each leads to its own.",
        trend_bound="that bound of each week" if asked.statistic == "psi" else "",
        changes=tuple(_change(one) for one in changes),
        weeks=sheet(place, found),
        csv=f"{url}{here}&format=csv",
        weeks_csv=f"{place.url('drift')}{asked.query(format='csv')}",
    )


def _kind(kind: str) -> str:
    return {"number": "Number", "category": "Category"}.get(kind, "Feature")


def _facts(place: Place, now: FeatureWeek, among: int) -> tuple[Fact, ...]:
    badge = BADGES[judged(now, among)]
    facts = [
        Fact("This week", badge.text, tone=badge.tone, icon=badge.icon, badge=True),
        Fact(
            "PSI",
            formats.figure(now.psi, 3),
            f"above {now.psi_critical:.3f} once in twenty without drift"
            if now.psi_critical is not None
            else "",
        ),
        Fact("Decisions", counted(now.decisions)),
        _rate_fact("Missing", now.missing),
    ]
    if now.beyond:
        facts.append(_rate_fact("Out of the reference's range", now.beyond))
    if now.unseen:
        named = ", ".join(place.category(now.feature, name) for name, _ in now.unseen_names[:3])
        facts.append(_rate_fact("Unseen categories", now.unseen, named))
    return tuple(facts)


def _rate_fact(label: str, rate: Rate, detail: str = "") -> Fact:
    if rate.value is None:
        return Fact(label, formats.NONE, "too few to be shown")
    reference = f"reference {formats.percent(rate.reference)}" if rate.reference is not None else ""
    return Fact(label, formats.percent(rate.value), detail or reference)


def _banners(asked: Asked, now: FeatureWeek | None) -> tuple[Banner, ...]:
    banners = [Banner("warn", "", asked.problem)] if asked.problem else []
    if now and now.missing.value == 1.0:
        banners.append(
            Banner(
                "bad",
                "Not sent any more",
                "No decision of this week has a value of this feature. Where it was renamed or dropped, the model "
                "decides without it.",
            )
        )
    return tuple(banners)


def _chart(place: Place, found: Distribution) -> Histogram:
    bins = [
        Bin(
            label := _called(place, found.feature, bar),
            _share(bar.reference, found.reference_number),
            _share(bar.week, found.number),
            _tip(label, bar.reference, found.reference_number, bar.week, found.number),
            apart=bar.kind in {"below", "above", "unseen", "others"},
        )
        for bar in found.bars
    ]
    old, new = _everyone(found)
    missing = _share(found.reference_missing, old), _share(found.missing, new)
    if missing != (0.0, 0.0):
        tip = _tip("Missing", found.reference_missing, old, found.missing, new)
        bins.append(Bin("Missing", *missing, tip, apart=True))
    return histogram(
        bins,
        title=f"{place.label(found.feature)}: reference and {week_of(found.week)}",
        summary="; ".join(bin_.tip.replace("\n", ", ") for bin_ in bins),
    )


def _everyone(found: Distribution) -> tuple[float, float]:
    """Rows of the reference, and decisions of the week."""
    return found.reference_number + found.reference_missing, found.number + (found.missing or 0.0)


def _share(many: float | None, of: float) -> float | None:
    return None if many is None else many / of if of else 0.0


def _tip(label: str, old: float | None, n: float, new: float | None, m: float) -> str:
    def told_so(many: float | None, of: float) -> str:
        if many is None:
            return "too few to be shown"
        return f"{formats.percent(_share(many, of) or 0.0)}, {counted(many)} of {counted(of)}"

    return f"{label}\nReference: {told_so(old, n)}\nWeek: {told_so(new, m)}"


def _called(place: Place, feature: str, bar: Bar) -> str:
    unit = place.unit(feature)
    if bar.kind == "below":
        return f"below {formats.value(bar.high, unit)}"
    if bar.kind == "above":
        return f"above {formats.value(bar.low, unit)}"
    if bar.kind == "others":
        return f"{bar.name} further categories"
    if bar.kind == "part":
        low, high = _round(bar.low), _round(bar.high)
        return (
            formats.value(low, unit)
            if low == high
            else f"{formats.value(low)} to {formats.value(high, unit)}"
        )
    name = place.category(feature, bar.name) if bar.name else "not shown"
    return f"{name} (unseen)" if bar.kind == "unseen" else name


def _round(end: float | None) -> float:
    return float(f"{end or 0.0:.4g}") if abs(end or 0.0) < 10_000 else float(round(end or 0.0))


def _chart_text(found: Distribution) -> str:
    of = "tenths of the reference" if found.kind == "number" else "categories"
    what = "values" if found.missing is not None else "decisions"
    return (
        f"Shares of {what} by {of}: {counted(found.number)} of the week beside {counted(found.reference_number)} "
        "of the reference. What is missing is a share of all decisions."
    )


def _chart_note(found: Distribution) -> str:
    if not found.hidden:
        return ""
    return f"{formats.plural(found.hidden, 'bar')} of few people, or that would tell of them, are not shown to you."


def _bars(place: Place, found: Distribution) -> Sheet:
    columns_ = (
        SheetColumn("Value"),
        SheetColumn("Reference", "count"),
        SheetColumn("Share of reference", "share"),
        SheetColumn("Week", "count"),
        SheetColumn("Share of week", "share"),
    )
    rows = [
        (
            _called(place, found.feature, bar),
            bar.reference,
            _share(bar.reference, found.reference_number),
            bar.week,
            _share(bar.week, found.number),
        )
        for bar in found.bars
    ]
    old, new = _everyone(found)
    lacking = found.reference_missing, _share(found.reference_missing, old)
    rows.append(("Missing", *lacking, found.missing, _share(found.missing, new)))
    name = f"distribution-{place.version.model_ref}-{found.feature}-{found.week}"
    caption = (
        f"{place.label(found.feature)}: values of the reference and of the {week_of(found.week)}"
    )
    return Sheet(name, caption, columns_, tuple(rows))


def _lines(place: Place, now: FeatureWeek) -> tuple[Line, ...]:
    def figure(value: float | None) -> str:
        return formats.figure(value, 3)

    def p(value: float | None) -> str:
        return formats.NONE if value is None else p_value(value)

    made = [
        Line("PSI", figure(now.psi), f"above {figure(now.psi_critical)} once in twenty weeks without drift",
             "", "warn" if now.drifted else ""),
        Line("Chi-square", formats.figure(now.chi_square, 1), "on the bins of the PSI", p(now.chi_square_p), ""),
        Line("Jensen–Shannon", figure(now.jensen_shannon),
             f"about {figure(now.jensen_shannon_expected)} without drift, of so many decisions", "", ""),
    ]  # fmt: skip
    if now.kind == "number":
        unit = place.unit(now.feature)
        moved = (
            formats.value(_three(now.wasserstein), unit)
            if now.wasserstein is not None
            else formats.NONE
        )
        error = (
            formats.value(_three(now.wasserstein_error), unit)
            if now.wasserstein_error is not None
            else ""
        )
        made += [
            Line("Kolmogorov–Smirnov", figure(now.ks),
                 f"on single values between {figure(now.ks)} and {figure(now.ks_at_most)}", p(now.ks_p), ""),
            Line("Wasserstein", moved, f"off by {error} at most" if error else "", "", ""),
        ]  # fmt: skip
    rates = (("Missing", now.missing), ("Out of range", now.beyond), ("Unseen", now.unseen))
    made += [_rate_line(label, rate) for label, rate in rates if rate is not None]
    return tuple(made)


def _three(value: float | None) -> float:
    return float(f"{value or 0.0:.3g}")


def _rate_line(label: str, rate: Rate) -> Line:
    if rate.value is None or rate.low is None or rate.high is None:
        return Line(label, formats.NONE, "too few to be shown", "", "")
    reference = (
        f"; reference {formats.percent(rate.reference)}" if rate.reference is not None else ""
    )
    bound = f"95 % interval {formats.percents(rate.low, rate.high)}{reference}"
    p = formats.NONE if rate.p is None else p_value(rate.p)
    return Line(label, formats.percent(rate.value), bound, p, "")


def _trend(
    place: Place,
    asked: Asked,
    name: str,
    found: Sequence[FeatureWeek],
    markers: Sequence[Marker],
) -> Columns | None:
    statistic, by_week = STATISTICS[asked.statistic], {one.week: one for one in found}
    weeks = []
    for week in mondays(found[0].week, asked.until):
        one = by_week.get(week)
        flags = [one_ for one_ in markers if week <= one_.day < week + timedelta(days=7)]
        tip = [sentence(week_of(week)), *([told(flags)] if flags else [])]
        if one is not None:
            tip.insert(1, f"{statistic.shown(one)}, of {counted(one.decisions)} decisions")
        if one is not None and asked.statistic == "psi" and one.psi_critical is not None:
            tip.insert(2, f"Above {one.psi_critical:.3f} once in twenty without drift")
        weeks.append(
            Week(
                label=formats.brief_day(week),
                value=statistic.value(one) if one else None,
                bound=one.psi_critical if one and asked.statistic == "psi" else None,
                tip="\n".join(tip),
                href=place.url("drift-feature", name) + asked.query(week=week.isoformat())
                if one
                else "",
                beyond=statistic.beyond(one) if one else False,
                current=week == asked.week,
                flag=_flag(flags),
            )
        )
    return columns(weeks, title=f"{statistic.label} by week", percent=statistic.percent)


def _flag(flags: Sequence[Marker]) -> str:
    versions = [one.text for one in flags if one.kind == "version"]
    words = versions + (["policy"] if len(versions) < len(flags) else [])
    return words[0] if len(words) == 1 else f"{words[0]} +{len(words) - 1}" if words else ""


def _change(one: FeatureChange) -> str:
    p = p_value(one.p)
    return f"From the {week_of(one.week)}: by {one.size:.2f} (Jensen–Shannon), adjusted p {p}."
