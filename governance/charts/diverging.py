"""Values on both sides of zero, with intervals: LIME's weights, an explanation's stability."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from governance.charts.scale import (
    FOOT,
    ROW,
    THINNEST,
    Anchor,
    Direction,
    Part,
    Scale,
    Tick,
    scale_over,
    signed,
    span,
)


@dataclass(frozen=True, slots=True)
class Reach:
    """A row: a bar from zero (`x`, `width`) or a dot (`at`), whiskers from `low_x` to `high_x`.

    `unsure` when the interval holds zero: the sign of the value is then not settled.
    """

    label: str
    raw: str
    direction: Direction
    x: float
    width: float
    y: float
    at: float
    text: str
    text_x: float
    anchor: Anchor
    low_x: float | None
    high_x: float | None
    interval: str


@dataclass(frozen=True, slots=True)
class Diverging:
    height: int
    bottom: int
    zero: float
    rows: tuple[Reach, ...]
    ticks: tuple[Tick, ...]
    style: Literal["bar", "dot"]
    title: str
    summary: str


def diverging(
    parts: Sequence[Part],
    *,
    title: str,
    style: Literal["bar", "dot"] = "bar",
    digits: int = 3,
) -> Diverging:
    """Lay out the parts in the order given, zero always on the scale.

    Raises ValueError for numbers that are not finite and for bounds that do not hold their value.
    """
    for part in parts:
        _check_bounds(part)
    ends = (end for part in parts for end in (part.value, part.low, part.high) if end is not None)
    scale = scale_over([0.0, *ends])
    bottom = len(parts) * ROW
    return Diverging(
        height=bottom + FOOT,
        bottom=bottom,
        zero=scale.at(0),
        rows=tuple(_reach(part, row, scale, digits) for row, part in enumerate(parts)),
        ticks=scale.ticks(),
        style=style,
        title=title,
        summary="; ".join(_sentence(part, digits) for part in parts),
    )


def _check_bounds(part: Part) -> None:
    if (part.low is None) != (part.high is None):
        raise ValueError(f"{part.label}: an interval has two bounds")
    if part.low is not None and part.high is not None and not part.low <= part.value <= part.high:
        raise ValueError(f"{part.label}: the interval does not hold its value")


def _reach(part: Part, row: int, scale: Scale, digits: int) -> Reach:
    zero, at = scale.at(0), scale.at(part.value)
    low_x = None if part.low is None else scale.at(part.low)
    high_x = None if part.high is None else scale.at(part.high)
    rises = part.value >= 0
    return Reach(
        label=part.label,
        raw=part.raw,
        direction=_direction(part),
        x=min(zero, at),
        width=max(round(abs(at - zero), 2), THINNEST),
        y=row * ROW + ROW / 2,
        at=at,
        text=signed(part.value, digits),
        text_x=(at if high_x is None else high_x) if rises else (at if low_x is None else low_x),
        anchor="start" if rises else "end",
        low_x=low_x,
        high_x=high_x,
        interval=span(part, digits),
    )


def _direction(part: Part) -> Direction:
    if part.low is not None and part.high is not None and part.low <= 0 <= part.high:
        return "unsure"
    return "up" if part.value >= 0 else "down"


def _sentence(part: Part, digits: int) -> str:
    bounds = span(part, digits)
    return f"{part.label} {signed(part.value, digits)}" + (f" ({bounds})" if bounds else "")
