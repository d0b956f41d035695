"""Rows for _table.html: each cell takes kind, label and width from its column."""

from collections.abc import Sequence
from dataclasses import replace

from governance.pages.pieces import Cell, Column, Row


def row(columns: Sequence[Column], *cells: Cell) -> Row:
    """Raises ValueError unless there is a cell for each column."""
    pairs = zip(cells, columns, strict=True)
    return Row(tuple(replace(c, kind=of.kind, label=of.label, wide=of.wide) for c, of in pairs))
