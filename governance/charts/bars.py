"""Sizes, none below zero, side by side: mean contributions, counts. Whiskers where there is an interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.charts.scale import (
    FOOT,
    ROW,
    THINNEST,
    Part,
    Scale,
    Tick,
    number,
    scale_over,
)


@dataclass(frozen=True, slots=True)
class Length:
    """A row: a bar from zero for `width`, whiskers from `low_x` to `high_x`, its text beyond both."""

    label: str
    raw: str
    x: float
    width: float
    y: float
    text: str
    text_x: float
    low_x: float | None
    high_x: float | None
    interval: str


@dataclass(frozen=True, slots=True)
class Bars:
    height: int
    bottom: int
    zero: float
    rows: tuple[Length, ...]
    ticks: tuple[Tick, ...]
    title: str
    summary: str


def bars(parts: Sequence[Part], *, title: str, digits: int = 3) -> Bars:
    """Lay out the parts in the order given. A bound below zero is drawn at zero: a size has none.

    Raises ValueError for a value below zero, for numbers that are not finite, and for half an interval.
    """
    for part in parts:
        if part.value < 0 or (part.low is None) != (part.high is None):
            raise ValueError(
                f"{part.label}: a size is not below zero, and an interval has two bounds"
            )
    ends = (end for part in parts for end in (part.value, part.high) if end is not None)
    scale = scale_over([0.0, *ends])
    bottom = len(parts) * ROW
    return Bars(
        height=bottom + FOOT,
        bottom=bottom,
        zero=scale.at(0),
        rows=tuple(_length(part, row, scale, digits) for row, part in enumerate(parts)),
        ticks=tuple(tick for tick in scale.ticks() if tick.x >= scale.at(0)),
        title=title,
        summary="; ".join(f"{part.label} {number(part.value, digits)}" for part in parts),
    )


def _length(part: Part, row: int, scale: Scale, digits: int) -> Length:
    zero, at = scale.at(0), scale.at(part.value)
    low_x = None if part.low is None else scale.at(max(part.low, 0.0))
    high_x = None if part.high is None else scale.at(part.high)
    shown = max(round(at - zero, 2), THINNEST if part.value else 0.0)
    return Length(
        label=part.label,
        raw=part.raw,
        x=zero,
        width=shown,
        y=row * ROW + ROW / 2,
        text=number(part.value, digits),
        text_x=at if high_x is None else high_x,
        low_x=low_x,
        high_x=high_x,
        interval=""
        if part.low is None or part.high is None
        else f"{number(part.low, digits)} to {number(part.high, digits)}",
    )
