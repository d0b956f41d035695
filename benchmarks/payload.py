"""Decisions to record: the demonstration's real applications, each time under another id.

Every decision is about a person nobody named before, the dear case: a data key is made, wrapped and
stored for each.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

ID, PERSON, AT = "@ID@", "@PERSON@", "@AT@"
_ORDER = (ID, AT, PERSON)


class Bodies:
    """Request bodies from ``templates``, a file with one a line, each with its three marks."""

    def __init__(self, templates: Path) -> None:
        self._parts = [_cut(line) for line in templates.read_bytes().splitlines()]

    def one(self, run: str, number: int, at: datetime | None = None) -> bytes:
        """Decision ``number`` of ``run``; together they are its id. Decided now unless told."""
        parts = self._parts[number % len(self._parts)]
        name = f"{run}-{number}".encode()
        moment = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
        return b"".join((parts[0], name, parts[1], moment, parts[2], b"p-", name, parts[3]))

    def many(
        self, run: str, first: int, count: int, spread: timedelta = timedelta(0), of: int = 1
    ) -> list[bytes]:
        """``count`` of them from ``first`` on; of all ``of``, decided evenly over ``spread``."""
        now = datetime.now(UTC)
        step = spread / max(1, of)
        return [
            self.one(run, number, now - step * (of - number))
            for number in range(first, first + count)
        ]

    def mean_size(self) -> int:
        """Bytes of a body, by and large."""
        return sum(len(self.one("run", number)) for number in range(100)) // 100


def batches(lines: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


def ndjson(lines: Sequence[bytes], *, packed: bool) -> bytes:
    raw = b"\n".join(lines) + b"\n"
    return gzip.compress(raw, compresslevel=6) if packed else raw


@lru_cache(maxsize=1)
def bodies(templates: str) -> Bodies:
    return Bodies(Path(templates))


def _cut(line: bytes) -> list[bytes]:
    parts, rest = [], line
    for mark in _ORDER:
        before, found, rest = rest.partition(mark.encode())
        if not found:
            raise ValueError(f"A template lacks {mark}, or has its marks in another order.")
        parts.append(before)
    return [*parts, rest]
