"""Figures of groups with their intervals, a row each, before the band in which they would be within a limit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from governance.charts.scale import FOOT, Scale, Tick, number, scale_over

ROW: Final = 36
"""Height of a row in pixels; `.chart-intervals li` in static/css/charts.css is as high."""
APART: Final = 7
"""Pixels by which two figures of one row lie above and below its middle."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval, or without one; ``second`` is drawn as a diamond, not as a dot."""

    value: float
    low: float | None
    high: float | None
    tip: str
    second: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A row to be. ``band``: from where to where its figures would be within the limit; ``href``: where
    its name leads; ``gone`` says in words why it has no figure."""

    label: str
    detail: str
    estimates: tuple[Estimate, ...]
    band: tuple[float, float] | None = None
    href: str = ""
    gone: str = ""


@dataclass(frozen=True, slots=True)
class IntervalMark:
    """``width`` from ``low_x``; both None where there is no interval."""

    x: float
    y: float
    low_x: float | None
    high_x: float | None
    hit_x: float
    hit_width: float
    tip: str
    second: bool


@dataclass(frozen=True, slots=True)
class IntervalRow:
    label: str
    detail: str
    href: str
    gone: str
    top: int
    y: float
    marks: tuple[IntervalMark, ...]
    band_x: float | None
    band_width: float


@dataclass(frozen=True, slots=True)
class IntervalChart:
    height: int
    bottom: int
    row: int
    rows: tuple[IntervalRow, ...]
    ticks: tuple[Tick, ...]
    title: str
    summary: str


def interval_chart(
    subjects: Sequence[Subject], *, title: str, percent: bool = True, bounds: bool = True
) -> IntervalChart:
    """Lay out the subjects in the order given. ``percent``: figures are shares, told in per cent;
    ``bounds``: they lie between 0 and 1, and so does what is drawn.

    Raises ValueError for numbers that are not finite, and for half an interval.
    """
    scale = _scale(subjects, bounds=bounds)
    bottom = len(subjects) * ROW
    return IntervalChart(
        height=bottom + FOOT,
        bottom=bottom,
        row=ROW,
        rows=tuple(_row(one, at, scale) for at, one in enumerate(subjects)),
        ticks=percent_ticks(scale) if percent else scale.ticks(),
        title=title,
        summary="; ".join(_sentence(one, percent=percent) for one in subjects),
    )


def percent_ticks(scale: Scale) -> tuple[Tick, ...]:
    """The ticks of a scale of shares, in per cent."""
    hundredfold = Scale(scale.low * 100, scale.high * 100)
    return tuple(Tick(one.x, f"{one.text}\u202f%", one.minor) for one in hundredfold.ticks())


def _scale(subjects: Sequence[Subject], *, bounds: bool) -> Scale:
    ends = list(_ends(subjects))
    if not ends:
        return Scale(0.0, 1.0)
    found = scale_over(ends)
    if not bounds:
        return found
    # Air must not suggest that a share could be below nothing or above all of it.
    return Scale(max(found.low, -0.01), min(found.high, 1.01))


def _ends(subjects: Sequence[Subject]) -> Iterable[float]:
    for one in subjects:
        for figure in one.estimates:
            if (figure.low is None) != (figure.high is None):
                raise ValueError(f"{one.label}: an interval has two bounds")
            yield from (end for end in (figure.value, figure.low, figure.high) if end is not None)
        if one.band and one.estimates:
            yield from one.band


def _row(one: Subject, at: int, scale: Scale) -> IntervalRow:
    middle = at * ROW + ROW / 2
    band = one.band if one.estimates else None
    left, right = (_inside(scale, end) for end in band) if band else (None, 0.0)
    return IntervalRow(
        label=one.label,
        detail=one.detail,
        href=one.href,
        gone=one.gone,
        top=at * ROW,
        y=middle,
        marks=tuple(
            _mark(figure, middle + _offset(place, len(one.estimates)), scale)
            for place, figure in enumerate(one.estimates)
        ),
        band_x=left,
        band_width=0.0 if left is None else round(max(right - left, 0.4), 2),
    )


def _offset(place: int, many: int) -> float:
    return 0.0 if many == 1 else APART * (2 * place - 1)


def _mark(figure: Estimate, y: float, scale: Scale) -> IntervalMark:
    x = scale.at(figure.value)
    low = None if figure.low is None else _inside(scale, figure.low)
    high = None if figure.high is None else _inside(scale, figure.high)
    left, right = min(x, x if low is None else low) - 1, max(x, x if high is None else high) + 1
    return IntervalMark(
        x, y, low, high, round(left, 2), round(right - left, 2), figure.tip, figure.second
    )


def _inside(scale: Scale, value: float) -> float:
    return min(100.0, max(0.0, scale.at(value)))


def _sentence(one: Subject, *, percent: bool) -> str:
    if not one.estimates:
        return f"{one.label}: {one.gone or 'no figure'}"
    told = (_told(figure.value, percent=percent) for figure in one.estimates)
    return f"{one.label} {' and '.join(told)}"


def _told(value: float, *, percent: bool) -> str:
    return f"{100 * value:.1f}\u202f%" if percent else number(value)
