"""What the two processes say to each other: a head of JSON and plain numbers. Never a pickle: neither
believes the other."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

MOST: Final = 1 << 31
_LENGTHS: Final = struct.Struct(">IQ")


def pack(head: dict[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    """One frame: the lengths of head and blobs, the head, the blobs end to end."""
    said = orjson.dumps({**head, "blobs": [len(blob) for blob in blobs]})
    return b"".join([_LENGTHS.pack(len(said), sum(map(len, blobs))), said, *blobs])


def read(take: Callable[[int], bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """The next frame, of what ``take`` gives. Raises EOFError at its end, ValueError for no frame."""
    first, rest = _LENGTHS.unpack(take(_LENGTHS.size))
    if first > MOST or rest > MOST:
        raise ValueError("A frame is too long.")
    head = orjson.loads(take(first))
    lengths = head.pop("blobs", [])
    if sum(lengths) != rest or any(type(length) is not int or length < 0 for length in lengths):
        raise ValueError("A frame's parts are not as long as it says.")
    return head, [take(length) for length in lengths]
