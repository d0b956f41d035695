"""A heat map: rows by columns, each cell a colour and its number, so that neither is alone.

It is drawn as a table, and so is the table behind itself. What the levels mean is the page's to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEVELS: Final = 6
"""Levels 0 to 5, the classes `heat-0` to `heat-5` of static/css/charts.css: the palest first."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """``text`` is the number, ``detail`` stands small beneath it (n); ``level`` names the colour, None for none.

    tip: lines of a tooltip, separated by "\\n"; href: where the cell leads; hidden: it may not be
    shown, is hatched, and ``text`` says so in a word.
    """

    text: str
    level: int | None = None
    detail: str = ""
    tip: str = ""
    href: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class HeatRow:
    """``head`` names the row; ``href`` leads to it; ``cells`` in the order of the columns."""

    head: str
    cells: tuple[HeatCell, ...]
    href: str = ""


@dataclass(frozen=True, slots=True)
class HeatKey:
    """A line of the legend: the colour (None for a cell without one) and what it means; ``hidden``: the hatching."""

    level: int | None
    text: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class HeatChart:
    """``corner`` says what rows and columns are; ``hidden``: how many cells may not be shown."""

    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    keys: tuple[HeatKey, ...]
    hidden: int


def heat_chart(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[HeatCell]],
    *,
    title: str,
    corner: str = "",
    keys: Sequence[HeatKey] = (),
    hrefs: Sequence[str] = (),
) -> HeatChart:
    """Lay out the cells (one sequence a row). ``hrefs``: where each row's head leads, or none.

    Raises ValueError unless there is a cell for each row and column, and for a level there is not.
    """
    for one in (cell for row in cells for cell in row):
        if one.level is not None and not 0 <= one.level < LEVELS:
            raise ValueError(f"levels are 0 to {LEVELS - 1}")
        if one.hidden and one.level is not None:
            raise ValueError("a hidden cell has no level: its colour would tell of it")
    if any(len(row) != len(columns) for row in cells):
        raise ValueError("a cell for each column")
    leads = hrefs or [""] * len(rows)
    made = tuple(
        HeatRow(head, tuple(row), href) for head, row, href in zip(rows, cells, leads, strict=True)
    )
    hidden = sum(cell.hidden for row in made for cell in row.cells)
    gone = (HeatKey(None, "too few to be shown", hidden=True),) if hidden else ()
    return HeatChart(title, corner, tuple(columns), made, (*keys, *gone), hidden)


def heat_level(value: float, low: float, high: float) -> int:
    """The level of a value on an even scale; what lies outside has that of the nearer end.

    Raises ValueError unless low < high.
    """
    if not low < high:
        raise ValueError("a scale needs two ends, the lower one first")
    share = (value - low) / (high - low)
    return min(LEVELS - 1, max(0, int(share * LEVELS)))
