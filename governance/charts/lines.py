"""Courses of figures along one axis (weeks, scores), with bands of their intervals and flags of what changed."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from governance.charts.intervals import percent_ticks
from governance.charts.scale import Scale, Tick, scale_over

TOP: Final = 34
"""Pixels above the plot, for two rows of flags."""
FOOT: Final = 26
LANE: Final = 15
"""Pixels between two labels of lines, at least."""
KINDS: Final = 6
"""Colours and shapes there are; `kind-0` is everybody's, 1 to 6 are the groups'."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A figure at ``x``. ``value`` None: there is none, or (``hidden``) it may not be shown."""

    x: float
    value: float | None
    low: float | None
    high: float | None
    tip: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """A line to be; ``kind`` 0 to 6 names colour and shape."""

    label: str
    kind: int
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that changed at ``x``."""

    x: float
    text: str
    tip: str
    kind: str


@dataclass(frozen=True, slots=True)
class LineDot:
    x: float
    y: float
    tip: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Line:
    """``runs`` and ``bands``: SVG point lists, x 0 to 100, y in pixels."""

    label: str
    kind: int
    runs: tuple[str, ...]
    bands: tuple[str, ...]
    dots: tuple[LineDot, ...]
    label_x: float | None
    label_y: float


@dataclass(frozen=True, slots=True)
class LineFlag:
    x: float
    y: int
    text: str
    tip: str
    kind: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Rung:
    """A horizontal grid line with its text."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class LinesChart:
    """``diagonal``: where both axes are equal, an SVG point list, or empty."""

    height: int
    top: int
    bottom: int
    lines: tuple[Line, ...]
    flags: tuple[LineFlag, ...]
    rungs: tuple[Rung, ...]
    ticks: tuple[Tick, ...]
    diagonal: str
    hidden: int
    title: str
    summary: str


def lines_chart(
    courses: Sequence[Course],
    *,
    title: str,
    summary: str,
    ticks: Sequence[tuple[float, str]],
    over: tuple[float, float],
    flags: Sequence[Flag] = (),
    within: tuple[float, float] | None = None,
    height: int = 210,
    diagonal: bool = False,
) -> LinesChart:
    """Lay out courses of shares over the x axis ``over``; ``within``: from where to where y goes, unless
    the figures are to say so. A missing figure is a gap and stays one; a hidden one is marked at the foot.

    Raises ValueError for numbers that are not finite, an axis without length, and a kind there is not.
    """
    if any(not 0 <= one.kind <= KINDS for one in courses):
        raise ValueError(f"kinds are 0 to {KINDS}")
    across, up = Scale(*_widened(over)), _up(courses, within)
    bottom = TOP + height
    drawn = [_line(one, across, up, bottom) for one in courses]
    return LinesChart(
        height=bottom + FOOT,
        top=TOP,
        bottom=bottom,
        lines=_labelled(drawn),
        flags=tuple(_flags(flags, across)),
        rungs=tuple(Rung(_y(tick.x, bottom), tick.text) for tick in percent_ticks(up)),
        ticks=tuple(Tick(across.at(x), text, at % 2 == 1) for at, (x, text) in enumerate(ticks)),
        diagonal=_diagonal(across, up, bottom) if diagonal else "",
        hidden=sum(spot.hidden for one in courses for spot in one.spots),
        title=title,
        summary=summary,
    )


def _widened(over: tuple[float, float]) -> tuple[float, float]:
    """With a little room on both sides, so that no mark is cut."""
    first, last = over
    if not (math.isfinite(first) and math.isfinite(last) and first <= last):
        raise ValueError("an axis has two finite ends, the lower one first")
    air = (last - first) * 0.03 or 0.5
    return first - air, last + air


def _up(courses: Sequence[Course], within: tuple[float, float] | None) -> Scale:
    if within is not None:
        return Scale(*within)
    ends = [
        end
        for one in courses
        for spot in one.spots
        if spot.value is not None
        for end in (spot.value, spot.low, spot.high)
        if end is not None
    ]
    found = scale_over(ends or [0.0, 1.0])
    return Scale(max(found.low, 0.0), min(found.high, 1.0))


def _y(share: float, bottom: int) -> float:
    """Pixels from above for per cent from below."""
    return round(bottom - share / 100 * (bottom - TOP), 1)


def _line(one: Course, across: Scale, up: Scale, bottom: int) -> Line:
    def y(value: float) -> float:
        return _y(min(100.0, max(0.0, up.at(value))), bottom)

    dots = tuple(
        LineDot(
            across.at(spot.x),
            bottom - 6.0 if spot.value is None else y(spot.value),
            spot.tip,
            spot.hidden,
        )
        for spot in one.spots
        if spot.hidden or spot.value is not None
    )
    seen = [dot for dot in dots if not dot.hidden]
    runs = [list(run) for there, run in groupby(one.spots, lambda s: s.value is not None) if there]
    return Line(
        label=one.label,
        kind=one.kind,
        runs=tuple(
            " ".join(f"{across.at(s.x):g},{y(s.value or 0.0):g}" for s in run)
            for run in runs
            if len(run) > 1
        ),
        bands=tuple(_band(run, across, y) for run in runs if _bounded(run)),
        dots=dots,
        label_x=seen[-1].x if seen else None,
        label_y=seen[-1].y if seen else 0.0,
    )


def _bounded(run: Sequence[Spot]) -> bool:
    return len(run) > 1 and all(spot.low is not None and spot.high is not None for spot in run)


def _band(run: Sequence[Spot], across: Scale, y: Callable[[float], float]) -> str:
    above = [f"{across.at(spot.x):g},{y(spot.high or 0.0):g}" for spot in run]
    below = [f"{across.at(spot.x):g},{y(spot.low or 0.0):g}" for spot in reversed(run)]
    return " ".join([*above, *below])


def _labelled(lines: Sequence[Line]) -> tuple[Line, ...]:
    """With labels moved apart, downwards, where they would cover each other; lines in their own order."""
    moved: dict[int, float] = {}
    last = -math.inf
    named = [at for at, line in enumerate(lines) if line.label_x is not None]
    for at in sorted(named, key=lambda at: lines[at].label_y):
        last = max(lines[at].label_y, last + LANE)
        moved[at] = round(last, 1)
    return tuple(replace(one, label_y=moved.get(at, one.label_y)) for at, one in enumerate(lines))


def _flags(flags: Sequence[Flag], across: Scale) -> Iterator[LineFlag]:
    """Their texts in two rows in turn, so that neighbours do not cover each other."""
    for at, one in enumerate(sorted(flags, key=lambda flag: flag.x)):
        x = min(100.0, max(0.0, across.at(one.x)))
        anchor = "start" if x < 15 else "end" if x > 85 else "middle"
        yield LineFlag(x, 10 if at % 2 else 24, one.text, one.tip, one.kind, anchor)


def _diagonal(across: Scale, up: Scale, bottom: int) -> str:
    low, high = max(across.low, up.low), min(across.high, up.high)
    ends = ((across.at(end), _y(up.at(end), bottom)) for end in (low, high))
    return " ".join(f"{x:g},{y:g}" for x, y in ends)
