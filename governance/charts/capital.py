"""The course of a monitor's capital: a line on a logarithmic scale, with what an alarm takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from governance.charts.scale import Anchor, Scale, Tick

PLOT = 176
"""Pixels of the plot; below it FOOT for the ticks."""
FOOT = 24
_TEXT = 25.0  # about what the text of a line takes of the plot, per cent
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_TEN = math.log(10)


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line with its text, which begins at the left end or ends at the right one."""

    y: float
    text: str
    x: float = 0.0
    dx: int = 4
    anchor: Anchor = "start"


@dataclass(frozen=True, slots=True)
class Seen:
    """The logarithm of the capital after so many decisions; ``tip``: its figures, a line each."""

    decisions: int
    capital: float
    tip: str


@dataclass(frozen=True, slots=True)
class CapitalMark:
    """A point that says its figures."""

    x: float
    y: float
    tip: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that is named; its text stands ``dx``, ``dy`` pixels beside it."""

    x: float
    y: float
    dx: int
    dy: int
    text: str
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class CapitalChart:
    """``line``: SVG points, x in per cent and y in pixels; ``needed``: where an alarm is."""

    height: int
    bottom: int
    line: str
    levels: tuple[Level, ...]
    ticks: tuple[Tick, ...]
    needed: Level
    spots: tuple[Spot, ...]
    marks: tuple[CapitalMark, ...]
    title: str
    summary: str


def capital_chart(
    points: Sequence[Seen], *, needed: float, alarm: int | None, title: str
) -> CapitalChart:
    """``points`` in order; the start, at no decision, goes without saying. ``needed``: the logarithm
    an alarm takes; ``alarm``: the index of the point it came at. Raises ValueError for numbers that
    are not finite."""
    course = [(0, 0.0), *((one.decisions, one.capital) for one in points)]
    if not all(math.isfinite(value) for _, value in course) or not math.isfinite(needed):
        raise ValueError("a chart needs finite numbers")
    across = Scale(0.0, float(max(course[-1][0], 5)))
    low = min(0.0, *(value for _, value in course))
    high = max(needed, *(value for _, value in course))
    air = high - low
    # More of it above: the alarm may be the highest point, and its text stands above it.
    down = Scale(low - 0.08 * air, high + 0.2 * air)

    def y(value: float) -> float:
        return round(PLOT * (1 - down.at(value) / 100), 1)

    spots = []
    if alarm is not None:
        at = points[alarm]
        spots.append(_spot(across.at(at.decisions), y(at.capital), f"alert at {times(at.capital)}"))
    return CapitalChart(
        height=PLOT + FOOT,
        bottom=PLOT,
        line=" ".join(f"{across.at(seen):g},{y(value):g}" for seen, value in course),
        levels=tuple(Level(y(power * _TEN), _level(power)) for power in _powers(down)),
        ticks=across.ticks(),
        needed=_needed(y(needed), [(across.at(seen), y(value)) for seen, value in course], needed),
        spots=tuple(spots),
        marks=tuple(
            CapitalMark(across.at(one.decisions), y(one.capital), one.tip) for one in points
        ),
        title=title,
        summary=_summary(course, needed),
    )


def _needed(y: float, course: Sequence[tuple[float, float]], needed: float) -> Level:
    """Its text stands on the line at the left, unless the course runs through there and not at the right."""
    text = f"an alarm takes {times(needed)}"
    if _meets(course, y, 0.0, _TEXT) and not _meets(course, y, 100.0 - _TEXT, 100.0):
        return Level(y, text, 100.0, -4, "end")
    return Level(y, text)


def _meets(course: Sequence[tuple[float, float]], y: float, left: float, right: float) -> bool:
    """Whether the course comes into the place of a text that stands on a line at ``y``."""
    for (x0, y0), (x1, y1) in pairwise(course):
        if x1 < left or x0 > right:
            continue
        slope = (y1 - y0) / (x1 - x0) if x1 > x0 else 0.0
        ends = [y0 + slope * (min(max(x, x0), x1) - x0) for x in (left, right)]
        if min(ends) < y + 2 and max(ends) > y - 20:
            return True
    return False


def _spot(x: float, y: float, text: str) -> Spot:
    """Its text stands above to the left, where a rising line is not; at the left edge below to the right."""
    if x > 25:
        return Spot(x, y, -9, -9, text, "end")
    return Spot(x, y, 9, 18, text, "start")


def times(logarithm: float) -> str:
    """e to this power, to two or three digits: ``0.35``, ``214``, ``12,000``, ``3×10⁹``."""
    power = math.floor(logarithm / _TEN + 1e-9)
    if -3 <= power < 6:
        value = math.exp(logarithm)
        if value >= 10_000:
            value = float(f"{value:.3g}")
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    lead = math.exp(logarithm - power * _TEN)
    return f"{lead:.1f}×10{str(power).translate(_SUPERSCRIPT)}"


def _powers(down: Scale) -> range:
    """Whole powers of ten inside the scale, at most six of them."""
    first, last = math.ceil(down.low / _TEN), math.floor(down.high / _TEN)
    step = max(1, math.ceil((last - first) / 5))
    first += -first % step  # so that 1, where every monitor begins, is among them
    return range(first, last + 1, step)


def _level(power: int) -> str:
    if -3 <= power <= 4:
        return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
    return f"10{str(power).translate(_SUPERSCRIPT)}"


def _summary(course: Sequence[tuple[int, float]], needed: float) -> str:
    seen, last = course[-1]
    highest = max(value for _, value in course)
    return (
        f"From 1 to {times(last)} after {seen:,} decisions, at most {times(highest)}; "
        f"an alarm takes {times(needed)}."
    )
