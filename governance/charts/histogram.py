"""Two distributions side by side, a pair of bars per bin: where values came from, and where they are now."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from governance.charts.scale import FOOT, Scale, Tick

PAIR: Final = 36
"""Height of a row in pixels; `.chart-pairs .chart-labels li` in static/css/pages-monitoring.css is as high."""
APART: Final = 14
"""Pixels before the first row that is no bin: what was missing, strange or outside."""
BAR: Final = 11
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)


@dataclass(frozen=True, slots=True)
class Bin:
    """``first`` and ``second``: shares, None where one may not be shown. apart: no bin of the scale."""

    label: str
    first: float | None
    second: float | None
    tip: str
    apart: bool = False


@dataclass(frozen=True, slots=True)
class PairRow:
    """``gap``: the first of those that stand apart. The bars begin at ``y`` and ``y_second``.

    The text stands after the longer bar; of a hidden share, where its own bar would be.
    """

    label: str
    gap: bool
    y: float
    y_second: float
    text_y: float
    width: float
    width_second: float
    text: str
    text_x: float
    hidden: bool
    tip: str


@dataclass(frozen=True, slots=True)
class Histogram:
    height: int
    bottom: int
    bar: int
    rows: tuple[PairRow, ...]
    ticks: tuple[Tick, ...]
    title: str
    summary: str


def histogram(bins: Sequence[Bin], *, title: str, summary: str) -> Histogram:
    """Lay out the bins in the order given, those that stand apart last.

    Raises ValueError for a share that is none.
    """
    shares = [one for bin_ in bins for one in (bin_.first, bin_.second) if one is not None]
    if not all(math.isfinite(share) and 0 <= share <= 1 for share in shares):
        raise ValueError("shares lie between 0 and 1")
    scale = Scale(0.0, max([*shares, 0.01]) * 1.02)
    ordered = sorted(bins, key=lambda one: one.apart)
    first = next((at for at, one in enumerate(ordered) if one.apart), None)
    rows = tuple(
        _row(one, at * PAIR + (APART if first is not None and at >= first > 0 else 0), scale,
             gap=at == first and at > 0)
        for at, one in enumerate(ordered)
    )  # fmt: skip
    bottom = len(rows) * PAIR + (APART if any(row.gap for row in rows) else 0)
    return Histogram(bottom + FOOT, bottom, BAR, rows, _ticks(scale), title, summary)


def _row(one: Bin, top: float, scale: Scale, *, gap: bool) -> PairRow:
    widths = [0.0 if share is None else scale.at(share) for share in (one.first, one.second)]
    hidden = one.second is None
    return PairRow(
        label=one.label,
        gap=gap,
        y=top + PAIR / 2 - BAR - 1,
        y_second=top + PAIR / 2 + 1,
        text_y=top + PAIR / 2 + (1 + BAR / 2 if hidden else 0),
        width=widths[0],
        width_second=widths[1],
        text="too few to be shown" if one.second is None else f"{100 * one.second:.1f}\u202f%",
        text_x=0.0 if hidden else max(widths),
        hidden=hidden,
        tip=one.tip,
    )


def _ticks(scale: Scale) -> tuple[Tick, ...]:
    step = next((step for step in _STEPS if scale.high / step <= 6), 0.5)
    many = int(scale.high / step)
    return tuple(
        Tick(scale.at(at * step), f"{100 * at * step:.0f}\u202f%", at % 2 == 1)
        for at in range(many + 1)
    )
