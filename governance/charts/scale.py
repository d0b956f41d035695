"""What the charts share: input rows, number texts, and a linear scale with round ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

ROW = 28
"""Height of a row in pixels; `.chart-labels li` in static/css/charts.css is as high."""
HEAD = 24
"""Pixels above the first row, for the label of a mark; `.chart-labels` leaves as much."""
FOOT = 24
"""Pixels below the last row, for the ticks."""
THINNEST = 0.4
"""Per cent of the plot: a contribution that exists can be seen."""

CROWDED = 8
"""Ticks whose texts have room beside each other in half a page."""

Direction = Literal["up", "down", "unsure"]
Anchor = Literal["start", "middle", "end"]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Part:
    """One feature's share in an output: what it was (`raw`, finished text) and what it added.

    `low` and `high` bound `value` (both or neither), in the same unit.
    """

    label: str
    raw: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """`minor`: an odd multiple of the step, whose text may go where room is short. Zero is not."""

    x: float
    text: str
    minor: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical reference line with its label, such as the threshold."""

    x: float
    text: str
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map of [low, high] onto 0 to 100 per cent."""

    low: float
    high: float

    def at(self, value: float) -> float:
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def ticks(self) -> tuple[Tick, ...]:
        """Round values inside the scale, four to eleven of them; of more than eight every other has no text."""
        step = _round_step(self.high - self.low)
        digits = _decimals(step)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        crowded = last - first >= CROWDED
        texts = {
            n: "" if crowded and n % 2 else number(round(n * step, digits), digits)
            for n in range(first, last + 1)
        }
        return tuple(Tick(self.at(n * step), text, n % 2 == 1) for n, text in texts.items())

    def mark(self, value: float, text: str) -> Mark:
        x = self.at(value)
        return Mark(x, text, "start" if x < 12 else "end" if x > 88 else "middle")


def scale_over(values: Iterable[float]) -> Scale:
    """The scale that holds every value with a little air; equal values get a span of their own.

    Raises ValueError for a value that is not finite: a chart never hides one.
    """
    held = list(values)
    if not all(math.isfinite(value) for value in held):
        raise ValueError("a chart needs finite numbers")
    low, high = min(held), max(held)
    # Below this the span is rounding noise, and dividing by it would place bars at random; below the
    # other bound a quarter of it is no number any more.
    flat = high - low <= max(1e-9 * max(abs(low), abs(high)), 1e-300)
    air = max(abs(high), 1.0) / 2 if flat else (high - low) * 0.03
    return Scale(low - air, high + air)


def number(value: float, digits: int = 3) -> str:
    """`value` with `digits` decimals and a true minus sign; only zero reads as zero."""
    text = f"{abs(value):,.{digits}f}"
    if value != 0 and not text.strip("0."):
        text = _tiny(abs(value))
    return f"−{text}" if value < 0 else text


def signed(value: float, digits: int = 3) -> str:
    """As `number`, with a plus sign before what is above zero."""
    return f"+{number(value, digits)}" if value > 0 else number(value, digits)


def span(part: Part, digits: int) -> str:
    """The bounds of a part as text, or "" when it has none."""
    if part.low is None or part.high is None:
        return ""
    return f"{signed(part.low, digits)} to {signed(part.high, digits)}"


def _tiny(value: float) -> str:
    mantissa, exponent = f"{value:.0e}".split("e")
    if int(exponent) >= -4:
        return f"{value:.{-int(exponent)}f}"
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _round_step(width: float) -> float:
    """The 1, 2 or 5 times a power of ten that cuts `width` into four to ten."""
    power = 10.0 ** math.floor(math.log10(width / 4))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= width / 4)


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))
