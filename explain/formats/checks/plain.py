"""Values of unknown origin (parsed JSON, UBJSON or YAML) taken apart with a pointer for every complaint."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from explain.refusals import Malformed

Whole = Sequence[int]
Real = Sequence[float]


@dataclass(frozen=True, slots=True)
class Part:
    """A value inside a file. what: the format's name; where: the pointer to the value."""

    what: str
    value: Any
    where: str = ""

    def fail(self, sentence: str) -> Malformed:
        return Malformed(self.what, sentence, self.where)

    def __getitem__(self, name: str | int) -> Part:
        found = self.get(name)
        if found is None:
            raise self.fail(f"'{name}' is missing.")
        return found

    def get(self, name: str | int) -> Part | None:
        """The value under ``name``, or None where there is none."""
        inner: Any = None
        if isinstance(name, str) and isinstance(self.value, Mapping):
            inner = self.value.get(name)
        elif isinstance(name, int) and isinstance(self.value, list) and name < len(self.value):
            inner = self.value[name]
        return None if inner is None else Part(self.what, inner, f"{self.where}/{name}")

    def parts(self, *, most: int) -> list[Part]:
        """The items of a list of at most ``most``."""
        if not isinstance(self.value, list):
            raise self.fail("a list should stand here.")
        if len(self.value) > most:
            raise self.fail(f"there are {len(self.value):,} items, more than {most:,}.")
        return [Part(self.what, item, f"{self.where}/{at}") for at, item in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fail("a text should stand here.")
        return self.value

    def number(self, low: int, high: int) -> int:
        """A whole number between the two, also where it is written as a text."""
        try:
            found = int(self.value)
        except (TypeError, ValueError, OverflowError):
            raise self.fail("a whole number should stand here.") from None
        if not low <= found <= high:
            raise self.fail(f"{found} is not between {low:,} and {high:,}.")
        return found

    def whole(self, length: int, low: int, high: int) -> Whole:
        """A list of ``length`` whole numbers between ``low`` and ``high``."""
        items = self._items(length)
        if not isinstance(items, array) or items.typecode in "fd":
            for at, item in enumerate(items):
                if type(item) is not int and type(item) is not bool:
                    raise Malformed(
                        self.what, "a whole number should stand here.", f"{self.where}/{at}"
                    )
        if len(items) and not (low <= min(items) and max(items) <= high):
            bad = next(at for at, item in enumerate(items) if not low <= item <= high)
            sentence = f"{items[bad]} is not between {low:,} and {high:,}."
            raise Malformed(self.what, sentence, f"{self.where}/{bad}")
        found: Whole = items
        return found

    def real(self, length: int) -> Real:
        """A list of ``length`` finite numbers."""
        items = self._items(length)
        for at, item in enumerate(items):
            if not isinstance(item, float | int) or not math.isfinite(item):
                raise Malformed(
                    self.what, "a finite number should stand here.", f"{self.where}/{at}"
                )
        found: Real = items
        return found

    def _items(self, length: int) -> Any:
        if not isinstance(self.value, list | array):
            raise self.fail("a list of numbers should stand here.")
        if len(self.value) != length:
            raise self.fail(f"{len(self.value):,} numbers stand here where {length:,} should.")
        return self.value


def parse(content: bytes, what: str) -> Part:
    """JSON as a Part. orjson refuses NaN, broken UTF-8 and nesting beyond 1,024 levels by itself."""
    try:
        return Part(what, orjson.loads(content))
    except orjson.JSONDecodeError as error:
        raise Malformed(what, f"it is not JSON ({error.msg}).") from None
