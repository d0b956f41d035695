"""The page's charts as pictures that stand alone: the same geometry, the same parts of the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from django.template.loader import render_to_string

from governance.charts import Bar, Diverging, Reach, Waterfall

Row = TypeVar("Row", Bar, Reach)
LABEL: Final = 44
"""Characters that the column of labels holds, value and all."""
VALUE: Final = 16


@dataclass(frozen=True, slots=True)
class Figure:
    """``alt``: what the picture says, for who does not see it."""

    svg: str
    alt: str


def waterfall_figure(chart: Waterfall) -> Figure:
    return _figure("paper/waterfall.svg", replace(chart, bars=_fitted(chart.bars)))


def diverging_figure(chart: Diverging) -> Figure:
    return _figure("paper/diverging.svg", replace(chart, rows=_fitted(chart.rows)))


def _figure(template: str, chart: Waterfall | Diverging) -> Figure:
    drawn = render_to_string(template, {"chart": chart})
    return Figure(svg=readable(drawn), alt=f"{chart.title}. {chart.summary}")


def _fitted(rows: Sequence[Row]) -> tuple[Row, ...]:
    """A picture's text does not wrap: what is too long is cut, and says so."""
    found = []
    for row in rows:
        raw = _cut(row.raw, VALUE)
        found.append(replace(row, label=_cut(row.label, LABEL - len(raw)), raw=raw))
    return tuple(found)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def readable(text: str) -> str:
    """Without what XML 1.0 (section 2.2) has no place for."""
    return "".join(one if _allowed(ord(one)) else "\N{REPLACEMENT CHARACTER}" for one in text)


def _allowed(point: int) -> bool:
    return (
        point in (0x9, 0xA, 0xD)
        or 0x20 <= point <= 0xD7FF
        or 0xE000 <= point <= 0xFFFD
        or point >= 0x10000
    )
