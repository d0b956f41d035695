"""Protocol buffers' wire format, field by field, with every length held against what is left.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from explain.refusals import Malformed

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Message:
    """The fields of one message in order: number and value (int for numbers, bytes for the rest)."""

    what: str
    fields: tuple[tuple[int, int | bytes], ...]

    @classmethod
    def of(cls, content: bytes, what: str) -> Message:
        return cls(what, tuple(_fields(content, what)))

    def all(self, number: int) -> list[bytes]:
        """Every value of a field of texts, bytes or messages."""
        return [value for at, value in self.fields if at == number and isinstance(value, bytes)]

    def inner(self, number: int) -> list[Message]:
        return [Message.of(value, self.what) for value in self.all(number)]

    def text(self, number: int) -> str:
        """The last value of a text field; empty where there is none."""
        found = self.all(number)
        try:
            return found[-1].decode() if found else ""
        except UnicodeDecodeError:
            raise Malformed(self.what, "a name is not UTF-8.") from None

    def whole(self, number: int) -> list[int]:
        """Every value of an int field, written one by one or packed; signed 64 bits."""
        found: list[int] = []
        for at, value in self.fields:
            if at == number:
                found += [value] if isinstance(value, int) else _packed(value, self.what)
        return [value - (1 << 64) if value >> 63 else value for value in found]

    def floats(self, number: int) -> list[float]:
        """Every value of a float field, written one by one or packed."""
        found: list[float] = []
        for at, value in self.fields:
            if at == number and isinstance(value, int):
                found.append(struct.unpack("<f", struct.pack("<I", value & 0xFFFFFFFF))[0])
            elif at == number and isinstance(value, bytes):
                if len(value) % 4:
                    raise Malformed(self.what, "a list of floats is cut off.")
                found += array("f", value).tolist()
        return found


def _fields(content: bytes, what: str) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(content):
        key, at = _varint(content, at, what)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _varint(content, at, what)
            yield number, value
            continue
        if kind not in (FIXED64, BYTES, FIXED32) or not number:
            raise Malformed(what, "a field is of no known kind.", f"byte {at}")
        size = 8 if kind == FIXED64 else 4
        if kind == BYTES:
            size, at = _varint(content, at, what)
        if size > len(content) - at:
            raise Malformed(what, "it ends too early.", f"byte {at}")
        raw = content[at : at + size]
        at += size
        yield number, raw if kind == BYTES else int.from_bytes(raw, "little")


def _varint(content: bytes, at: int, what: str) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            raise Malformed(what, "it ends too early.", f"byte {at}")
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (1 << 64) - 1, at
    raise Malformed(what, "a number is too long.", f"byte {at}")


def _packed(content: bytes, what: str) -> list[int]:
    found, at = [], 0
    while at < len(content):
        value, at = _varint(content, at, what)
        found.append(value)
    return found
