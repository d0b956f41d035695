"""UBJSON (draft 12, as XGBoost writes it), read with every length held against what is left."""

from __future__ import annotations

import struct
import sys
from array import array
from typing import Any, Final

from explain.refusals import Malformed

WHAT: Final = "UBJSON file"
MOST_DEEP = 64
_NUMBERS: Final = {
    b"i": (">b", 1, "b"),
    b"U": (">B", 1, "B"),
    b"I": (">h", 2, "h"),
    b"l": (">i", 4, "i"),
    b"L": (">q", 8, "q"),
    b"d": (">f", 4, "f"),
    b"D": (">d", 8, "d"),
}
_WHOLE: Final = b"iUIlL"
_CONSTANTS: Final[dict[bytes, Any]] = {b"Z": None, b"T": True, b"F": False}


def parse(content: bytes) -> Any:
    """dict, list, str, int, float, bool, None; arrays of one number type become ``array``."""
    reader = _Reader(content)
    value = reader.value(reader.take(1), 0)
    if reader.at != len(content):
        raise reader.fail("something follows its end.")
    return value


def slice_of(content: bytes, name: str) -> bytes:
    """The bytes of the value under ``name`` in the outermost mapping: UBJSON again. Raises Malformed."""
    reader = _Reader(content)
    if reader.take(1) != b"{":
        raise reader.fail("a mapping should stand here.")
    while content[reader.at : reader.at + 1] != b"}":
        found, start = reader.text(), reader.at
        reader.value(reader.take(1), 1)
        if found == name:
            return content[start : reader.at]
    raise reader.fail(f"'{name}' is missing.")


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def fail(self, sentence: str) -> Malformed:
        return Malformed(WHAT, sentence, f"byte {self.at}")

    def take(self, count: int) -> bytes:
        if count > len(self.content) - self.at:
            raise self.fail("it ends too early.")
        self.at += count
        return self.content[self.at - count : self.at]

    def value(self, mark: bytes, depth: int) -> Any:
        if depth > MOST_DEEP:
            raise self.fail(f"it is nested deeper than {MOST_DEEP} levels.")
        if mark in _NUMBERS:
            form, size, _ = _NUMBERS[mark]
            return struct.unpack(form, self.take(size))[0]
        if mark in _CONSTANTS:
            return _CONSTANTS[mark]
        if mark == b"S":
            return self.text()
        if mark == b"{":
            return self.mapping(depth)
        if mark == b"[":
            return self.list(depth)
        raise self.fail(f"{mark!r} begins no value.")

    def length(self) -> int:
        mark = self.take(1)
        if mark not in _WHOLE:
            raise self.fail("a length should stand here.")
        found = int(self.value(mark, 0))
        if not 0 <= found <= len(self.content) - self.at:
            raise self.fail(f"{found} items cannot follow.")
        return found

    def text(self) -> str:
        raw = self.take(self.length())
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise self.fail("a text is not UTF-8.") from None

    def mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.content[self.at : self.at + 1] != b"}":
            name = self.text()
            if name in found:
                raise self.fail(f"'{name}' stands twice.")
            found[name] = self.value(self.take(1), depth + 1)
        self.take(1)
        return found

    def list(self, depth: int) -> Any:
        if self.content[self.at : self.at + 1] == b"$":
            self.take(1)
            return self.numbers(self.take(1))
        if self.content[self.at : self.at + 1] == b"#":
            self.take(1)
            return [self.value(self.take(1), depth + 1) for _ in range(self.length())]
        found = []
        while self.content[self.at : self.at + 1] != b"]":
            found.append(self.value(self.take(1), depth + 1))
        self.take(1)
        return found

    def numbers(self, mark: bytes) -> Any:
        if mark not in _NUMBERS or self.take(1) != b"#":
            raise self.fail("a typed list should hold numbers and say how many.")
        count, (_, size, code) = self.length(), _NUMBERS[mark]
        found = array(code)
        found.frombytes(self.take(count * size))
        if sys.byteorder == "little":
            found.byteswap()
        return found
