"""The table behind a chart: the same values on the page, formatted, and as CSV, in full."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from governance.pages import formats

Kind = Literal["text", "count", "share", "number", "p", "day"]
Value = str | float | int | date | None
# A spreadsheet takes a text that begins so for a formula (OWASP, CSV injection).
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """What a column holds. ``share``: a figure from 0 to 1, on the page in per cent."""

    label: str
    kind: Kind = "text"

    @property
    def right(self) -> bool:
        return self.kind not in {"text", "day"}


@dataclass(frozen=True, slots=True)
class SheetCell:
    text: str
    right: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """``name`` becomes part of the file's name; each row has a value for each column."""

    name: str
    caption: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[Value, ...], ...]

    @property
    def lines(self) -> tuple[tuple[SheetCell, ...], ...]:
        """Raises ValueError for a row of another length."""
        return tuple(
            tuple(
                SheetCell(_shown(value, column.kind), column.right)
                for value, column in zip(row, self.columns, strict=True)
            )
            for row in self.rows
        )

    def csv(self) -> bytes:
        """RFC 4180 in UTF-8: a line of labels, CRLF, quotes where they are needed. Numbers in full,
        with a point; texts that a spreadsheet would take for a formula begin with an apostrophe."""
        kept = io.StringIO(newline="")
        writer = csv.writer(kept, lineterminator="\r\n")
        writer.writerow([_plain(column.label) for column in self.columns])
        writer.writerows([[_plain(value) for value in row] for row in self.rows])
        return kept.getvalue().encode()


def _shown(value: Value, kind: Kind) -> str:
    if value is None or value == "":
        return formats.NONE
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return formats.day(value)
    match kind:
        case "share":
            return formats.percent(float(value))
        case "count":
            return weight(float(value))
        case "p":
            return p_value(float(value))
        case _:
            return formats.figure(float(value))


def weight(many: float) -> str:
    """How many decisions, which need not be whole: inferred segments count in part."""
    return f"{many:,.0f}" if many == round(many) else f"{many:,.1f}"


def p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text
