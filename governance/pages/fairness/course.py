"""A rate week by week: a line per group with its intervals, and what changed on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from fairness.series import Line, Marker, Point, Series
from governance.charts import Course, Flag, LinesChart, Spot, lines_chart
from governance.charts.lines import KINDS
from governance.pages import formats
from governance.pages.fairness import links, words
from governance.pages.fairness.links import Asked
from governance.pages.pieces import State, Tab
from governance.pages.sheets import Sheet, SheetColumn, Value, weight

TICKS: Final = 8
COLUMNS: Final = (
    SheetColumn("Week of", "day"),
    SheetColumn("Group"),
    SheetColumn("By"),
    SheetColumn("n", "count"),
    SheetColumn("Rate", "share"),
    SheetColumn("Low", "share"),
    SheetColumn("High", "share"),
    SheetColumn("Note"),
)


@dataclass(frozen=True, slots=True)
class OneCourse:
    """A chart and the label it is by, "" where there is no other beside it."""

    id: str
    by: str
    chart: LinesChart


@dataclass(frozen=True, slots=True)
class CoursePart:
    title: str
    metrics: tuple[Tab, ...]
    charts: tuple[OneCourse, ...]
    note: str
    silent: str
    sheet: Sheet
    csv: str
    state: State | None


def kinds(names: Sequence[str]) -> dict[str, int]:
    """A colour and shape for each of the first six groups; 0, everybody's, stands for no group."""
    return {name: at + 1 for at, name in enumerate(sorted(names[:KINDS]))}


def course_part(
    found: Mapping[str, Series], asked: Asked, colours: Mapping[str, int], *, least: int
) -> CoursePart:
    """By basis (one, or both side by side on one scale). ``colours``: of the groups that may be drawn;
    those that never have ``least`` decisions in a week are not, for their course would be noise."""
    metric = words.METRICS[asked.metric]
    first = next(iter(found.values()))
    attributes = (first.segment,)
    weeks = sorted(
        {point.week for one in found.values() for line in one.lines for point in line.points}
    )
    colours = {name: kind for name, kind in colours.items() if _enough(first, name, least)}
    left_out = {line.group for line in first.lines if line.group} - colours.keys()
    seen = any(
        point.value is not None
        for one in found.values()
        for line in one.lines
        for point in line.points
    )
    return CoursePart(
        title=f"{metric.label} over time",
        metrics=tuple(
            Tab(
                one.label.partition(",")[0],
                links.segment_url(asked.but(metric=name), attributes, "course"),
                current=name == asked.metric,
            )
            for name, one in words.METRICS.items()
        ),
        charts=tuple(_charts(found, weeks, colours)) if seen else (),
        note=_note(found, len(left_out)),
        silent="Labels that come late change past weeks; few decisions make a week swing.",
        sheet=Sheet(
            "weeks",
            f"{metric.label} by week and group",
            COLUMNS,
            tuple(row for basis, one in found.items() for row in _rows(basis, one)),
        ),
        csv=links.sheet_url(asked, attributes, "weeks"),
        state=None if seen else _nothing(asked.metric),
    )


def _enough(series: Series, group: str, least: int) -> bool:
    return any(
        point.number is not None and point.number >= least
        for line in series.lines
        if line.group == group
        for point in line.points
    )


def _nothing(metric: str) -> State:
    if metric == "selection_rate":
        return State("empty", "No decisions in these weeks", "There is nothing to draw.")
    return State(
        "not_available",
        "No true label in these weeks",
        "This rate needs to know what turned out true. It appears as outcomes are reported.",
    )


def _note(found: Mapping[str, Series], left_out: int) -> str:
    told = [
        "Weeks begin on Monday. Bands are 95\u202f% intervals (Wilson); everybody is the dashed line."
    ]
    hidden = any(
        point.hidden for one in found.values() for line in one.lines for point in line.points
    )
    if hidden:
        told.append(
            "A cross at the foot: that week has too few decisions of the group to be shown."
        )
    if left_out:
        told.append(
            f"{formats.plural(left_out, 'group')} with too few decisions a week only in the table."
        )
    return " ".join(told)


def _charts(
    found: Mapping[str, Series], weeks: Sequence[date], colours: Mapping[str, int]
) -> Iterator[OneCourse]:
    within = _within(found, colours)
    over = (float(weeks[0].toordinal()), float(weeks[-1].toordinal()))
    step = max(1, -(-len(weeks) // TICKS))
    ticks = [(float(week.toordinal()), formats.brief_day(week)) for week in weeks[::step]]
    for basis, one in found.items():
        label = words.BASES[basis]
        drawn = [line for line in one.lines if line.group in colours or not line.group]
        yield OneCourse(
            id=f"course-{basis}",
            by=label if len(found) > 1 else "",
            chart=lines_chart(
                [_course(line, one.segment, colours, basis) for line in drawn],
                title=f"{words.METRICS[one.metric].label} by week, {label.lower()}",
                summary="; ".join(_sentence(_label(one.segment, line), line) for line in drawn),
                ticks=ticks,
                over=over,
                flags=[_flag(marker) for marker in one.markers],
                within=within,
            ),
        )


def _within(found: Mapping[str, Series], colours: Mapping[str, int]) -> tuple[float, float]:
    """One scale for both sides: of the figures drawn, with air, and never beyond 0 to 1."""
    values = [
        point.value
        for one in found.values()
        for line in one.lines
        if line.group in colours or not line.group
        for point in line.points
        if point.value is not None
    ]
    low, high = min(values), max(values)
    air = max(0.08, (high - low) * 0.25)
    return max(0.0, low - air), min(1.0, high + air)


def _label(segment: str, line: Line) -> str:
    return words.value(segment, line.group) if line.group else "Everybody"


def _course(line: Line, segment: str, colours: Mapping[str, int], basis: str) -> Course:
    label = _label(segment, line)
    spots = tuple(_spot(label, basis, point) for point in line.points)
    return Course(label, colours.get(line.group, 0), spots)


def _spot(label: str, basis: str, point: Point) -> Spot:
    week = f"Week of {formats.day(point.week)}"
    if point.hidden:
        return Spot(
            point.week.toordinal(), None, None, None, f"{label}\n{week}\n{words.NOT_SHOWN}", True
        )
    told = [f"{label}, {words.BASES[basis].lower()}", week]
    if point.value is not None:
        told.append(formats.percent(point.value))
    if point.low is not None and point.high is not None:
        told[-1] += f" ({formats.percents(point.low, point.high)})"
    if point.number is not None:
        told.append(f"n {weight(point.number)}")
    return Spot(point.week.toordinal(), point.value, point.low, point.high, "\n".join(told))


def _flag(marker: Marker) -> Flag:
    at, day = float(marker.day.toordinal()), formats.day(marker.day)
    if marker.kind == "policy":
        return Flag(
            at, f"policy {marker.text}", f"Policy no. {marker.text}\nset on {day}", "policy"
        )
    return Flag(at, marker.text, f"{marker.text}\nfirst decided on {day}", "version")


def _sentence(label: str, line: Line) -> str:
    values = [point.value for point in line.points if point.value is not None]
    if not values:
        return f"{label}: no figure"
    return f"{label}: {formats.percent(values[0])} at first, {formats.percent(values[-1])} at last"


def _rows(basis: str, one: Series) -> Iterator[tuple[Value, ...]]:
    for line in one.lines:
        for point in line.points:
            note = words.NOT_SHOWN if point.hidden else ""
            figures = (point.number, point.value, point.low, point.high)
            yield (point.week, _label(one.segment, line), words.BASES[basis], *figures, note)
