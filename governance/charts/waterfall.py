"""The attribution chart: from the base value, part by part, to the output."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from governance.charts.scale import (
    FOOT,
    HEAD,
    ROW,
    THINNEST,
    Anchor,
    Direction,
    Mark,
    Part,
    Scale,
    Tick,
    number,
    scale_over,
    signed,
    span,
)

BAR = 18
"""Height of a bar in pixels; the template's arrow tips are drawn for it."""
UNACCOUNTED = "Not accounted for"


@dataclass(frozen=True, slots=True)
class Bar:
    """A contribution: from `x` for `width`, its tip at `tip`, its text beside the tip.

    `top` is the bar's upper edge and `y` its middle. `before` and `after` are the running totals
    as texts, for the table; `interval` is the text of the bounds or "".
    """

    label: str
    raw: str
    direction: Direction
    x: float
    width: float
    top: float
    y: float
    tip: float
    text: str
    anchor: Anchor
    before: str
    after: str
    interval: str


@dataclass(frozen=True, slots=True)
class Dot:
    """An end of the chart: where the sum starts or arrives."""

    label: str
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Joint:
    """The dotted line that carries a running total from one row to the next."""

    x: float
    y1: float
    y2: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """`room_left`: a text stands left of the leftmost bar and needs room beside the labels."""

    height: int
    bottom: int
    start: Dot
    bars: tuple[Bar, ...]
    end: Dot
    joints: tuple[Joint, ...]
    ticks: tuple[Tick, ...]
    mark: Mark | None
    room_left: bool
    title: str
    summary: str


def waterfall(
    parts: Sequence[Part],
    *,
    base: float,
    output: float,
    title: str,
    base_label: str,
    output_label: str,
    threshold: float | None = None,
    limit: int = 8,
    digits: int = 3,
) -> Waterfall:
    """Lay out base + Σ parts → output, what raises first, then what lowers, largest first.

    Beyond `limit` the smallest parts are summed into one row. If base and parts miss the output by
    an amount visible at `digits`, a grey row says so: the chart never closes a gap it did not earn.
    Raises ValueError for numbers that are not finite.
    """
    shown = [*_ranked(parts, limit), *_gap(parts, base, output, digits)]
    totals = list(accumulate((part.value for part in shown), initial=base))
    scale = scale_over([*totals, output, *([] if threshold is None else [threshold])])
    bars = tuple(
        _bar(part, start, stop, row, scale, digits)
        for row, (part, (start, stop)) in enumerate(zip(shown, pairwise(totals), strict=True), 1)
    )
    rows = len(bars) + 2
    return Waterfall(
        height=HEAD + rows * ROW + FOOT,
        bottom=HEAD + rows * ROW,
        start=Dot(base_label, scale.at(base), _middle(0), number(base, digits)),
        bars=bars,
        end=Dot(output_label, scale.at(output), _middle(rows - 1), number(output, digits)),
        joints=_joints(totals, scale),
        ticks=scale.ticks(),
        mark=_threshold(threshold, scale, digits),
        room_left=any(bar.anchor == "end" and bar.tip < 15 for bar in bars),
        title=title,
        summary=_summary(shown, base, output, threshold, digits),
    )


def _ranked(parts: Sequence[Part], limit: int) -> list[Part]:
    by_size = sorted(parts, key=lambda part: -abs(part.value))
    # One part too many is shown as itself: "1 other feature" would take the same row.
    keep = limit if len(by_size) > limit + 1 else len(by_size)
    kept, rest = by_size[:keep], by_size[keep:]
    kept.sort(key=lambda part: part.value < 0)
    if rest:
        kept.append(Part(f"{len(rest)} other features", "", sum(part.value for part in rest)))
    return kept


def _gap(parts: Sequence[Part], base: float, output: float, digits: int) -> list[Part]:
    missing = output - base - sum(part.value for part in parts)
    return [Part(UNACCOUNTED, "", missing)] if round(missing, digits) else []


def _bar(part: Part, start: float, stop: float, row: int, scale: Scale, digits: int) -> Bar:
    left, right = scale.at(min(start, stop)), scale.at(max(start, stop))
    rises = part.value >= 0
    return Bar(
        label=part.label,
        raw=part.raw,
        direction="unsure" if part.label == UNACCOUNTED else "up" if rises else "down",
        x=left,
        width=max(round(right - left, 2), THINNEST),
        top=_middle(row) - BAR / 2,
        y=_middle(row),
        tip=max(right, round(left + THINNEST, 2)) if rises else left,
        text=signed(part.value, digits),
        anchor="start" if rises else "end",
        before=number(start, digits),
        after=number(stop, digits),
        interval=span(part, digits),
    )


def _joints(totals: Sequence[float], scale: Scale) -> tuple[Joint, ...]:
    return tuple(
        Joint(scale.at(total), _middle(row) + BAR / 2, _middle(row + 1) - BAR / 2)
        for row, total in enumerate(totals)
    )


def _middle(row: int) -> float:
    return HEAD + row * ROW + ROW / 2


def _threshold(threshold: float | None, scale: Scale, digits: int) -> Mark | None:
    if threshold is None:
        return None
    return scale.mark(threshold, f"threshold {number(threshold, digits)}")


def _summary(
    shown: Sequence[Part], base: float, output: float, threshold: float | None, digits: int
) -> str:
    largest = sorted(shown, key=lambda part: -abs(part.value))[:3]
    named = "; ".join(f"{part.label} {signed(part.value, digits)}" for part in largest)
    against = "" if threshold is None else f", threshold {number(threshold, digits)}"
    journey = f"From {number(base, digits)} to {number(output, digits)}{against}."
    return f"{journey} Largest: {named}." if named else journey
