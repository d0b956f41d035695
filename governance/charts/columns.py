"""A figure per week as columns, each with its own bound (what chance alone would give), and flags of what changed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from governance.charts.scale import Scale, number

HEAD: Final = 26
"""Pixels above the plot, for flags."""
PLOT: Final = 150
FOOT: Final = 24
SHARE: Final = 0.64
"""Of a week's width, what its column takes."""
LEAST: Final = 1.5


@dataclass(frozen=True, slots=True)
class Week:
    """``value`` None: nothing to show. ``bound``: what the value is held against; beyond: it exceeds it.

    flag: what changed in this week, in a word or two.
    """

    label: str
    value: float | None
    bound: float | None
    tip: str
    href: str = ""
    beyond: bool = False
    current: bool = False
    flag: str = ""


@dataclass(frozen=True, slots=True)
class WeekColumn:
    """Places as in all charts here; ``bound_y`` None without a bound, ``y`` None without a value."""

    x: float
    width: float
    middle: float
    y: float | None
    height: float
    bound_y: float | None
    bound_end: float
    label: str
    minor: bool
    tip: str
    href: str
    beyond: bool
    current: bool
    flag: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Rung:
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    height: int
    top: int
    bottom: int
    foot: int
    columns: tuple[WeekColumn, ...]
    rungs: tuple[Rung, ...]
    title: str
    summary: str


def columns(weeks: Sequence[Week], *, title: str, percent: bool = False) -> Columns:
    """Lay out weeks in order. Raises ValueError without weeks, or for a figure that is not finite or below zero."""
    ends = [end for week in weeks for end in (week.value, week.bound) if end is not None]
    if not weeks or not all(math.isfinite(end) and end >= 0 for end in ends):
        raise ValueError("columns need weeks, and figures that are finite and not below zero")
    scale = Scale(0.0, max(ends, default=0.0) * 1.06 or 0.1)
    bottom = HEAD + PLOT
    every = -(-len(weeks) // 13)
    return Columns(
        height=bottom + FOOT,
        top=HEAD,
        bottom=bottom,
        foot=bottom + 17,
        columns=tuple(_column(week, at, len(weeks), scale, every) for at, week in enumerate(weeks)),
        rungs=tuple(
            Rung(round(bottom - tick.x / 100 * PLOT, 1), _percent(tick.text) if percent else tick.text)
            for tick in scale.ticks()
            if not tick.minor and tick.x > 0
        ),
        title=title,
        summary="; ".join(
            f"{week.label}: {'none' if week.value is None else number(week.value)}" for week in weeks
        ),
    )  # fmt: skip


def _column(week: Week, at: int, many: int, scale: Scale, every: int) -> WeekColumn:
    step = 100 / many
    x, width = (at + (1 - SHARE) / 2) * step, SHARE * step
    height = 0.0
    if week.value:
        height = max(scale.at(week.value) / 100 * PLOT, LEAST)
    bound = None if week.bound is None else scale.at(week.bound) / 100 * PLOT
    middle = (at + 0.5) * step
    return WeekColumn(
        x=round(x, 3),
        width=round(width, 3),
        middle=round(middle, 3),
        y=None if week.value is None else round(HEAD + PLOT - height, 1),
        height=round(height, 1),
        bound_y=None if bound is None else round(HEAD + PLOT - bound, 1),
        bound_end=round(x + width, 3),
        # With many weeks every second or fourth is named, counted from the newest.
        label=week.label if (many - 1 - at) % every == 0 else "",
        minor=(many - 1 - at) // every % 2 == 1,
        tip=week.tip,
        href=week.href,
        beyond=week.beyond,
        current=week.current,
        flag=week.flag,
        anchor="start" if middle < 15 else "end" if middle > 85 else "middle",
    )


def _percent(text: str) -> str:
    return f"{100 * float(text):g}\u202f%"
