"""The board: a card of tiles for each use case, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fairness.figures import Axis, Figure, Figures, Group, Name
from fairness.policy import Content, Limits
from fairness.series import Line
from governance.charts import Sparkline, sparkline
from governance.comparing.board import OpenAlert, Standing
from governance.pages import formats
from governance.pages.fairness import around, links, words
from governance.pages.fairness.links import Asked
from governance.pages.fairness.rates import figure_of
from governance.pages.pieces import Badge, State
from governance.registry.rows import UseCaseRow

# So many tiles stand open; the others are behind a click, unless there are few more.
OPEN: Final = 8
COURSES: Final = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """The worst figure of a metric among the groups of an axis. ``judgeable``: it is of decisions enough
    to be judged at all; ``beyond``: how far past the limit, below zero within it."""

    attributes: Name
    group: Group
    figure: Figure
    state: str
    judgeable: bool
    beyond: float


@dataclass(frozen=True, slots=True)
class Tile:
    """``value`` with ``unit``; ``told``: whose it is; ``limit`` and ``interval`` in words."""

    title: str
    told: str
    value: str
    unit: str
    interval: str
    limit: str
    badge: Badge
    note: str
    url: str
    alert_url: str
    spark: Sparkline | None


@dataclass(frozen=True, slots=True)
class CaseCard:
    name: str
    slug: str
    url: str
    source: str
    counts: tuple[Badge, ...]
    tiles: tuple[Tile, ...]
    more: tuple[Tile, ...]
    notes: tuple[str, ...]
    state: State | None
    rank: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BoardPage:
    cards: tuple[CaseCard, ...]
    silent: str
    summary: str
    empty: State | None


def judged(figures: Figures, content: Content) -> list[Judged]:
    """The worst figure per axis and metric, the worst first. Metrics of which nobody's is known are
    left out where there is no true label at all."""
    found = [
        one
        for axis in figures.axes
        for metric in words.METRICS
        if (one := _worst(axis, metric, content.limits)) is not None
    ]
    return sorted(found, key=_grave, reverse=True)


def _worst(axis: Axis, metric: str, limits: Limits) -> Judged | None:
    held = [
        Judged(
            attributes=axis.attributes,
            group=group,
            figure=figure,
            state=figure.state,
            judgeable=(figure.effective or 0.0) >= limits.least,
            beyond=_beyond(figure, limits),
        )
        for group in axis.groups
        if (figure := figure_of(group, metric)) is not None
        and not figure.hidden
        and figure.state
        and (figure.number or metric == "selection_rate")
    ]
    return max(held, key=_grave, default=None)


def _grave(one: Judged) -> tuple[float, ...]:
    """By state, then how far beyond the limit; those of hardly any decisions last among their like."""
    return words.RANKS[one.state], one.judgeable, one.beyond


def _beyond(figure: Figure, limits: Limits) -> float:
    if figure.compared is None:
        return -1.0
    if figure.metric == "selection_rate":
        return limits.ratio - figure.compared
    return abs(figure.compared) - limits.difference


def wanted(standing: Standing) -> list[tuple[str, str]]:
    """(metric, segment) of the tiles whose course is drawn: the open ones of one segment."""
    if standing.figures is None or standing.policy is None:
        return []
    found = judged(standing.figures, standing.policy.content)[:COURSES]
    return [(one.figure.metric, one.attributes[0]) for one in found if len(one.attributes) == 1]


Courses = Mapping[tuple[str, str], Sequence[Line]]


def board_page(
    cases: Sequence[tuple[UseCaseRow, Standing, Courses]], *, may_write: frozenset[str]
) -> BoardPage:
    """``may_write``: slugs of use cases whose policy the reader may set."""
    cards = sorted(
        (
            _card(case, standing, courses, may=case.slug in may_write)
            for case, standing, courses in cases
        ),
        key=lambda card: (tuple(-n for n in card.rank), card.name),
    )
    breaches = sum(card.rank[0] for card in cards)
    watched = sum(card.rank[1] for card in cards)
    return BoardPage(
        cards=tuple(cards),
        silent=words.SILENT,
        summary=f"{formats.plural(breaches, 'breach', 'breaches')} and {formats.count(watched)} to watch "
        f"in {formats.plural(len(cards), 'use case')}",
        empty=None if cards else _nothing(),
    )


def _nothing() -> State:
    return State(
        "empty",
        "No use case to compare groups in",
        "Use cases are registered through the API. Those in which your role does not include reading how "
        "groups compare are not shown.",
    )


def _card(case: UseCaseRow, standing: Standing, courses: Courses, *, may: bool) -> CaseCard:
    asked = Asked(case.slug)
    state = _state(case, standing, may=may)
    found = (
        []
        if state or standing.figures is None or standing.policy is None
        else judged(standing.figures, standing.policy.content)
    )
    content = standing.policy.content if standing.policy else None
    there = _there(asked, standing)
    tiles = (
        [_tile(one, content.limits, there, standing.alerts, courses) for one in found]
        if content
        else []
    )
    counted = Counter(one.state for one in found)
    few = len(tiles) <= OPEN + 2
    return CaseCard(
        name=case.name,
        slug=case.slug,
        url=links.case_url(asked),
        source=_source(standing),
        counts=around.counts([one.state for one in found]),
        tiles=tuple(tiles if few else tiles[:OPEN]),
        more=() if few else tuple(tiles[OPEN:]),
        notes=tuple(_notes(standing)),
        state=state,
        rank=tuple(counted[name] for name in ("breach", "watch", "insufficient evidence")),
    )


def _state(case: UseCaseRow, standing: Standing, *, may: bool) -> State | None:
    if standing.policy is None:
        url = links.policy_url(case.slug)
        who = (
            "Say it in the policy."
            if may
            else "An owner or compliance officer says it in the policy."
        )
        return State(
            "not_available",
            "No fairness policy yet",
            "It is not known which label is favourable, which true label is positive, and which groups may "
            f"be compared for what purpose. {who}",
            url=url,
            action="Set the policy" if may else "See the policy",
        )
    if standing.figures is None or not standing.figures.decisions:
        return State(
            "pending",
            "No decisions in this window yet",
            "The policy is set. Figures appear when decisions with a label are recorded and rolled up.",
            url=links.case_url(Asked(case.slug)),
            action="Open the use case",
        )
    if not standing.figures.axes:
        return State(
            "not_available",
            "No segment to compare",
            "Decisions are recorded, but the policy names no segments, so there are no groups.",
            url=links.policy_url(case.slug),
            action="See the policy",
        )
    return None


def _there(asked: Asked, standing: Standing) -> Asked:
    """The window and version that the tiles are of, for the pages they lead to."""
    if standing.run is None:
        return asked
    return asked.but(
        version=standing.run.model_ref, since=standing.run.since, until=standing.run.until
    )


def _source(standing: Standing) -> str:
    if standing.figures is None or standing.window is None or not standing.figures.decisions:
        return ""
    told = [
        standing.window.model_ref or "all versions",
        formats.plural(round(standing.figures.decisions), "decision"),
        links.days(standing.window.since, standing.window.until),
    ]
    if standing.run and standing.run.made_at:
        told.append(f"run of {formats.brief(standing.run.made_at)} UTC")
    else:
        told.append("no stored run yet, computed just now")
    return " · ".join(told)


def _notes(standing: Standing) -> Iterator[str]:
    if standing.figures is None or standing.policy is None:
        return
    if not standing.figures.labelled:
        yield "No true label is known in this window yet, so only selection rates are assessed."
    hidden = sum(axis.hidden for axis in standing.figures.axes)
    if standing.restricted and hidden:
        told = words.RESTRICTED.format(least=standing.policy.content.limits.shown)
        yield f"{formats.plural(hidden, 'group')} not shown. {told}"


def _tile(
    one: Judged,
    limits: Limits,
    asked: Asked,
    alerts: Sequence[OpenAlert],
    courses: Courses,
) -> Tile:
    figure, of_ratio = one.figure, one.figure.metric == "selection_rate"
    rate = formats.percent(figure.value) if figure.value is not None else formats.NONE
    return Tile(
        title=f"{words.METRICS[figure.metric].label} · {words.axis(one.attributes)}",
        told=f"{words.group(one.group.name)}: {rate} of n {formats.count(round(figure.number or 0))}",
        value=_value(figure, of_ratio=of_ratio),
        unit="of the top rate" if of_ratio else "points from others",
        interval=_interval(figure, of_ratio=of_ratio),
        limit=f"limit {formats.figure(limits.ratio, 2)}"
        if of_ratio
        else f"limit ±{formats.figure(100 * limits.difference, 0)}",
        badge=words.STATES[one.state],
        note=_note(one),
        url=links.segment_url(asked, one.attributes, figure.metric),
        alert_url=_alert(one, alerts),
        spark=_spark(one, courses),
    )


def _value(figure: Figure, *, of_ratio: bool) -> str:
    if figure.compared is None:
        return formats.NONE
    return (
        formats.figure(figure.compared, 2) if of_ratio else formats.change(100 * figure.compared, 1)
    )


def _interval(figure: Figure, *, of_ratio: bool) -> str:
    low, high = figure.compared_low, figure.compared_high
    if low is None or high is None:
        return "no interval"
    if of_ratio:
        return f"{formats.figure(low, 2)} to {formats.figure(high, 2)}"
    return f"{formats.change(100 * low, 1)} to {formats.change(100 * high, 1)}"


def _note(one: Judged) -> str:
    if one.figure.needed and one.state == "insufficient evidence":
        return f"It would take n ≈ {formats.count(one.figure.needed)}"
    return ""


def _alert(one: Judged, alerts: Sequence[OpenAlert]) -> str:
    """That of the tile's own group before another one's of the same segment and metric."""
    if one.state != "breach" or len(one.attributes) != 1:
        return ""
    about = [
        alert
        for alert in alerts
        if (alert.segment, alert.metric) == (one.attributes[0], one.figure.metric)
    ]
    about.sort(key=lambda alert: alert.group != one.group.name[0])
    return links.alert_url(about[0].id) if about else ""


def _spark(one: Judged, courses: Courses) -> Sparkline | None:
    if len(one.attributes) != 1:
        return None
    lines = courses.get((one.figure.metric, one.attributes[0]), ())
    mine = next((line for line in lines if line.group == one.group.name[0]), None)
    values = (
        [None if point.value is None else 100 * point.value for point in mine.points]
        if mine
        else []
    )
    if sum(value is not None for value in values) < 3:
        return None
    what = f"{words.METRICS[one.figure.metric].label} of {words.group(one.group.name)} by week, per cent"
    return sparkline(values, what=what, digits=1)
