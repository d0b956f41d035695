"""Decisions per day as columns: places in per cent across, in pixels down, as all charts here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from governance.pages import formats

HEAD: Final = 20
"""Pixels above the highest column, for its figure."""
PLOT: Final = 96
FOOT: Final = 22
SHARE: Final = 0.62
"""Of a day's width, what its column takes."""
LEAST: Final = 2.0
"""Pixels: one decision among thousands can be seen."""


@dataclass(frozen=True, slots=True)
class DayColumn:
    """``minor``: its date may go where room is short."""

    x: float
    width: float
    middle: float
    y: float
    height: float
    text: str
    text_y: float
    label: str
    day: str
    minor: bool
    today: bool


@dataclass(frozen=True, slots=True)
class Days:
    height: int
    base: int
    foot: int
    columns: tuple[DayColumn, ...]
    title: str
    summary: str


def days(counts: Mapping[date, int], *, until: date, many: int = 14) -> Days:
    """The ``many`` days up to ``until``, which is today and not over yet; a day without is zero."""
    dates = [until - timedelta(days=many - 1 - at) for at in range(many)]
    values = [counts.get(day, 0) for day in dates]
    most = max(values)
    step = 100 / many
    columns = []
    for at, (day, value) in enumerate(zip(dates, values, strict=True)):
        height = max(value / most * PLOT, LEAST) if value else 0.0
        columns.append(
            DayColumn(
                x=round((at + (1 - SHARE) / 2) * step, 3),
                width=round(step * SHARE, 3),
                middle=round((at + 0.5) * step, 3),
                y=round(HEAD + PLOT - height, 2),
                height=round(height, 2),
                text=formats.count(value) if value else "",
                text_y=round(HEAD + PLOT - height - 6, 2),
                label=formats.brief_day(day),
                day=formats.day(day),
                minor=(many - 1 - at) % 2 == 1,
                today=at == many - 1,
            )
        )
    return Days(
        height=HEAD + PLOT + FOOT,
        base=HEAD + PLOT,
        foot=HEAD + PLOT + 16,
        columns=tuple(columns),
        title=f"Decisions per day, the last {many} days",
        summary=_summary(values, dates),
    )


def _summary(values: list[int], dates: list[date]) -> str:
    most = max(values)
    if not most:
        return "No decisions in these days."
    busiest = dates[values.index(most)]
    total = formats.plural(sum(values), "decision")
    return f"{total}; most on {formats.day(busiest)}: {formats.count(most)}; today so far {formats.count(values[-1])}."
