"""One feature of a version: a week's values beside the reference, every statistic with its bounds, and its course."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fairness.distributions import Distribution, FeatureChange
from fairness.drifting import FeatureWeek, Rate
from fairness.series import Marker
from governance.charts import Columns, Histogram
from governance.pages import formats
from governance.pages.monitoring.course import course_of
from governance.pages.monitoring.distribution import chart_of, note_of, sheet_of, text_of
from governance.pages.monitoring.figures import sheet
from governance.pages.monitoring.place import Asked, Place, week_of, weeks_filter
from governance.pages.monitoring.words import BADGES, CHOICES, STATISTICS, counted, judged, sentence
from governance.pages.pieces import Banner, Fact, Filter, State, Tab, Tone
from governance.pages.sheets import Sheet, p_value

FEW: Final = State(
    "not_available",
    "Nothing to show of this week",
    "No decision of this version was counted in the week, or so few that they are not shown to you.",
)


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
        chart=chart_of(place, distribution) if distribution else None,
        chart_text=text_of(distribution) if distribution else "",
        chart_note=note_of(distribution) if distribution else "",
        sheet=sheet_of(place, distribution) if distribution else None,
        lines=_lines(place, now) if now else (),
        trend=course_of(place, asked, name, found, markers) if found else None,
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


def _change(one: FeatureChange) -> str:
    p = p_value(one.p)
    return f"From the {week_of(one.week)}: by {one.size:.2f} (Jensen–Shannon), adjusted p {p}."
