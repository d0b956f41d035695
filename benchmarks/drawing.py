"""How costs grow, drawn: one small chart an axis, both scales logarithmic, points labelled, in one SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path

DRAWING = Path(__file__).resolve().parent.parent / "docs" / "benchmarks-growth.svg"
Curve = Sequence[tuple[float, float]]
# A chart, its margins, and how many stand beside one another; pixels.
_WIDE, _HIGH, _LEFT, _TOP, _FOOT, _ACROSS = 300, 220, 46, 34, 30, 3


def write(curves: Mapping[str, tuple[str, Curve]], place: Path = DRAWING) -> None:
    """Draw the curves, each with its name and unit, into a file."""
    place.write_text(svg(curves))


def svg(curves: Mapping[str, tuple[str, Curve]]) -> str:
    down = ceil(len(curves) / _ACROSS)
    charts = [
        _chart(name, unit, curve, _WIDE * (at % _ACROSS), _HIGH * (at // _ACROSS))
        for at, (name, (unit, curve)) in enumerate(curves.items())
    ]
    size = f'width="{_WIDE * _ACROSS}" height="{_HIGH * down}"'
    # Grey on no ground reads on white and on black.
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11" fill="#808080">',
            *charts,
            "</svg>\n",
        ]
    )


def _chart(name: str, unit: str, curve: Curve, left: float, top: float) -> str:
    low, high = floor(log10(min(y for _, y in curve))), ceil(log10(max(y for _, y in curve)))
    high = max(high, low + 1)
    first, last = log10(curve[0][0]), log10(curve[-1][0])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (log10(x) - first) / (last - first)
        up = (log10(y) - low) / (high - low)
        return (
            left + _LEFT + across * (_WIDE - _LEFT - 34),
            top + _HIGH - _FOOT - up * (_HIGH - _TOP - _FOOT),
        )

    points = [place(x, y) for x, y in curve]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [
        f'<text x="{left + 8:.1f}" y="{top + 16:.1f}" font-weight="bold">{escape(name)}</text>'
    ]
    parts += [
        _rule(10.0**power, place(curve[0][0], 10.0**power)[1], left, unit)
        for power in range(low, high + 1)
    ]
    parts.append(f'<polyline points="{line}" fill="none" stroke="#2f6fb0" stroke-width="2"/>')
    for (x, y), (size, cost) in zip(points, curve, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#2f6fb0"/>')
        parts.append(f'<text x="{x:.1f}" y="{y - 7:.1f}" text-anchor="middle">{cost:,.0f}</text>')
        foot = top + _HIGH - 12
        parts.append(f'<text x="{x:.1f}" y="{foot:.1f}" text-anchor="middle">{size:,.0f}</text>')
    return "\n".join(parts)


def _rule(value: float, y: float, left: float, unit: str) -> str:
    ends = f'x1="{left + _LEFT:.1f}" x2="{left + _WIDE - 20:.1f}" y1="{y:.1f}" y2="{y:.1f}"'
    label = (
        f'<text x="{left + _LEFT - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
    )
    return f'<line {ends} stroke="#808080" stroke-opacity="0.3"><title>{escape(unit)}</title></line>{label}'
