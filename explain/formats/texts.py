"""Texts as numbers and back, for models that read texts themselves while explainers handle numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.columns import Columns, trace
from explain.formats.contract import Floats

# A text is given its number when it is met. When this many are known the older half is forgotten; a
# batch holds fewer, so what is in hand is never lost.
MOST = 1 << 20
MISSING = "nan"


class Texts:
    """A step that numbers the values of some columns; ``decode`` tells what a number stood for."""

    def __init__(self, columns: tuple[int, ...]) -> None:
        self.columns = columns
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self._next = 0

    def transform(self, table: Any) -> Floats:
        raw = (
            table.to_numpy(dtype=object)
            if hasattr(table, "to_numpy")
            else np.asarray(table, object)
        )
        numbers = np.empty(raw.shape, dtype=np.float64)
        for at in range(raw.shape[1]):
            column = raw[:, at]
            numbers[:, at] = [self._number(v) for v in column] if at in self.columns else column
        return numbers

    def decode(self, numbers: Floats) -> NDArray[Any]:
        return np.asarray([self._texts[int(number)] for number in numbers], dtype=object)

    def _number(self, value: Any) -> int:
        text = _text(value)
        found = self._numbers.get(text)
        if found is None:
            self._forget()
            found = self._numbers[text] = self._next
            self._texts[found] = text
            self._next += 1
        return found

    def _forget(self) -> None:
        if len(self._numbers) < MOST:
            return
        for text in list(self._numbers)[: MOST // 2]:
            del self._texts[self._numbers.pop(text)]


def _text(value: Any) -> str:
    """As CatBoost itself writes a category: whole numbers without a point, missing as 'nan'."""
    if value is None or value != value:
        return MISSING
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


@trace.register
def _(step: Texts, columns: Columns) -> Columns:
    return Columns(columns.sources)
