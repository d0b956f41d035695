"""A tile of the board: a figure with its state, interval, limit and course, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairness.figures import Figure
from fairness.policy import Limits
from fairness.series import Line
from governance.charts import Sparkline, sparkline
from governance.comparing.board import OpenAlert
from governance.pages import formats
from governance.pages.fairness import links, words
from governance.pages.fairness.links import Asked
from governance.pages.fairness.worst import Judged
from governance.pages.pieces import Badge

Courses = Mapping[tuple[str, str], Sequence[Line]]
"""Lines by metric and segment."""


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


def tile_of(
    one: Judged,
    limits: Limits,
    asked: Asked,
    alerts: Sequence[OpenAlert],
    courses: Courses,
) -> Tile:
    """``asked``: the window and version of the page it leads to."""
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
    if len(one.attributes) != 1:
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
