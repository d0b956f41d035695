"""The page's charts as pictures that stand alone: the same geometry, the same parts of the templates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from django.template.loader import render_to_string

from governance.charts import Diverging, Waterfall

LABEL: Final = 44
"""Characters that the column of labels holds, value and all."""
VALUE: Final = 16


@dataclass(frozen=True, slots=True)
class Figure:
    """``alt``: what the picture says, for who does not see it."""

    svg: str
    alt: str


def waterfall_figure(chart: Waterfall) -> Figure:
    rows = tuple(
        replace(bar, label=label, raw=raw)
        for bar in chart.bars
        for label, raw in [_fitted(bar.label, bar.raw)]
    )
    return _figure(
        "paper/waterfall.svg", replace(chart, bars=rows), f"{chart.title}. {chart.summary}"
    )


def diverging_figure(chart: Diverging) -> Figure:
    rows = tuple(
        replace(row, label=label, raw=raw)
        for row in chart.rows
        for label, raw in [_fitted(row.label, row.raw)]
    )
    return _figure(
        "paper/diverging.svg", replace(chart, rows=rows), f"{chart.title}. {chart.summary}"
    )


def _figure(template: str, chart: Waterfall | Diverging, alt: str) -> Figure:
    return Figure(svg=readable(render_to_string(template, {"chart": chart})), alt=alt)


def _fitted(label: str, raw: str) -> tuple[str, str]:
    """A picture's text does not wrap: what is too long is cut, and says so."""
    value = _cut(raw, VALUE)
    return _cut(label, LABEL - len(value)), value


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
