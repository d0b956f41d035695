"""How values are spread in several groups: a row of bars each, all on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from governance.charts.scale import FOOT, Scale, Tick

ROW: Final = 52
"""Height of a row in pixels; `.chart-spreads li` in static/css/charts.css is as high."""
TALLEST: Final = 42


@dataclass(frozen=True, slots=True)
class SpreadBar:
    x: float
    y: float
    width: float
    height: float
    tip: str


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """``mean_x``: where the mean lies, or None."""

    label: str
    detail: str
    kind: int
    foot: int
    bars: tuple[SpreadBar, ...]
    mean_x: float | None


@dataclass(frozen=True, slots=True)
class SpreadChart:
    height: int
    bottom: int
    rows: tuple[SpreadRow, ...]
    ticks: tuple[Tick, ...]
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Spread:
    """A row to be: the share of each of equal steps, and the mean."""

    label: str
    detail: str
    shares: tuple[float, ...]
    mean: float | None
    kind: int = 0


def spread_chart(
    groups: Sequence[Spread], *, low: float, high: float, title: str, summary: str
) -> SpreadChart:
    """Lay out the groups in the order given; the tallest bar of all fills its row.

    Raises ValueError unless low < high and shares are not negative.
    """
    if not low < high or any(share < 0 for one in groups for share in one.shares):
        raise ValueError("a spread has a scale, and no share below zero")
    scale = Scale(low, high)
    most = max((share for one in groups for share in one.shares), default=0.0) or 1.0
    bottom = len(groups) * ROW
    return SpreadChart(
        height=bottom + FOOT,
        bottom=bottom,
        rows=tuple(_row(one, at, scale, most) for at, one in enumerate(groups)),
        ticks=scale.ticks(),
        title=title,
        summary=summary,
    )


def _row(one: Spread, at: int, scale: Scale, most: float) -> SpreadRow:
    foot, many = (at + 1) * ROW, len(one.shares)
    wide = 100 / max(many, 1)
    step = (scale.high - scale.low) / max(many, 1)
    return SpreadRow(
        label=one.label,
        detail=one.detail,
        kind=one.kind,
        foot=foot,
        bars=tuple(
            SpreadBar(
                x=round(place * wide, 2),
                y=round(foot - TALLEST * share / most, 1),
                width=round(wide * 0.92, 2),
                height=round(TALLEST * share / most, 1),
                tip=f"{one.label}\n{scale.low + place * step:.3g} to {scale.low + (place + 1) * step:.3g}: "
                f"{100 * share:.1f}\u202f% of scores",
            )
            for place, share in enumerate(one.shares)
            if share
        ),
        mean_x=None if one.mean is None else min(100.0, max(0.0, scale.at(one.mean))),
    )
