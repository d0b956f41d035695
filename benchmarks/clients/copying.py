"""The baseline of bulk: the same bytes by binary COPY into a table without indexes."""

from __future__ import annotations

import struct

import psycopg

from benchmarks.payload import batches, bodies

_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TAIL = b"\xff\xff"
_made: list[bytes] = []


def prepare(templates: str, run: str, first: int, count: int, batch: int) -> int:
    """Frame the rows before the clock runs. Returns their bytes."""
    lines = bodies(templates).many(run, first, count)
    _made[:] = [_framed(some) for some in batches(lines, batch)]
    return sum(map(len, lines))


def send(dsn: str) -> None:
    """Copy batch by batch, each a durable transaction of its own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for rows in _made:
            with (
                connection.cursor() as cursor,
                cursor.copy("COPY heap (body) FROM STDIN (FORMAT BINARY)") as copy,
            ):
                copy.write(rows)


def _framed(lines: list[bytes]) -> bytes:
    rows = (struct.pack(">hi", 1, len(line)) + line for line in lines)
    return b"".join((_HEAD, *rows, _TAIL))
