"""Charts of a word's size: the sparkline of a tile and the meter of a table cell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from governance.charts.scale import number

HEIGHT = 30
"""Height of the sparkline's box, `viewBox="0 0 100 30"` in the template."""
EDGE = 3
"""Kept free above and below, so that the line's own thickness is not cut."""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`lines` and `areas`: SVG point lists. `last_x` in per cent, `last_y` in pixels, or None."""

    lines: tuple[str, ...]
    areas: tuple[str, ...]
    last_x: float | None
    last_y: float | None
    summary: str


@dataclass(frozen=True, slots=True)
class Meter:
    """A value on its scale, in per cent, with an optional mark (the threshold)."""

    width: float
    mark: float | None
    text: str
    summary: str


def sparkline(values: Sequence[float | None], *, what: str, digits: int = 0) -> Sparkline:
    """Draw a series, oldest first; None is a gap and stays one.

    `what` names the series in the summary. Raises ValueError for numbers that are not finite.
    """
    known = [value for value in values if value is not None]
    if not all(math.isfinite(value) for value in known):
        raise ValueError("a chart needs finite numbers")
    runs = _runs(_places(values, known))
    last = runs[-1][-1] if runs else None
    return Sparkline(
        lines=tuple(_points(run if len(run) > 1 else run * 2) for run in runs),
        areas=tuple(_points([(run[0][0], HEIGHT), *run, (run[-1][0], HEIGHT)]) for run in runs),
        last_x=last[0] if last else None,
        last_y=last[1] if last else None,
        summary=_series(known, what, digits),
    )


def meter(
    value: float, *, low: float = 0.0, high: float = 1.0, mark: float | None = None, digits: int = 2
) -> Meter:
    """Place `value` between `low` and `high`; what lies outside stands at the edge.

    Raises ValueError unless low < high and the numbers are finite.
    """
    if not (math.isfinite(value) and low < high):
        raise ValueError("a meter needs a finite value and a scale")
    text = number(value, digits)
    against = "" if mark is None else f", threshold {number(mark, digits)}"
    return Meter(
        width=_share(value, low, high),
        mark=None if mark is None else _share(mark, low, high),
        text=text,
        summary=f"{text} on a scale of {number(low, 0)} to {number(high, 0)}{against}",
    )


def _share(value: float, low: float, high: float) -> float:
    return round(100 * min(1.0, max(0.0, (value - low) / (high - low))), 2)


def _places(
    values: Sequence[float | None], known: Sequence[float]
) -> list[tuple[float, float] | None]:
    low, reach = (min(known), max(known) - min(known)) if known else (0.0, 0.0)
    step = 100 / max(len(values) - 1, 1)

    def height(value: float) -> float:
        share = (value - low) / reach if reach else 0.5
        return round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 2)

    return [
        None if value is None else (round(at * step, 2), height(value))
        for at, value in enumerate(values)
    ]


def _runs(places: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    grouped = groupby(places, key=lambda place: place is None)
    return [[place for place in run if place is not None] for gap, run in grouped if not gap]


def _points(run: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in run)


def _series(known: Sequence[float], what: str, digits: int) -> str:
    if not known:
        return f"{what}: no values yet"
    first, last = number(known[0], digits), number(known[-1], digits)
    low, high = number(min(known), digits), number(max(known), digits)
    return f"{what}: {first} at first, {last} now, between {low} and {high}"
