"""Statements whose values and results travel in binary: for a thousand rows at a time.

Django's cursors write every value into the statement as text and read every result as text, which
for bytes and arrays costs more than the database does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, LiteralString
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

# The object ids of types, which never change (pg_type.dat).
BYTEA: Final = 17
INT4: Final = 23
TEXT: Final = 25
FLOAT8: Final = 701
TIMESTAMPTZ: Final = 1184
UUID: Final = 2950
TRUE, FALSE = b"\x01", b"\x00"

_ARRAY: Final = struct.Struct(">5i").pack
_NULL: Final = b"\xff\xff\xff\xff"
_INT4_ITEM: Final = struct.Struct(">ii").pack
_FLOAT8_ITEM: Final = struct.Struct(">id").pack
_prepared: WeakKeyDictionary[psycopg.Connection[Any], set[bytes]] = WeakKeyDictionary()


def execute(statement: LiteralString, values: Sequence[Any]) -> None:
    """Run a statement with ``%b`` for each value; errors are Django's, as everywhere."""
    _run(statement, values)


def rows(statement: LiteralString, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a query gives, ``%b`` standing for each value; bytea comes as bytes."""
    return _run(statement, values).fetchall()


def _run(statement: LiteralString, values: Sequence[Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return psycopg.Cursor(connection.connection).execute(statement, values, binary=True)


def array(element: int, values: Iterable[bytes]) -> bytes:
    """An array as PostgreSQL sends it, from the bytes of each value; none of them is null."""
    framed = [len(value).to_bytes(4, "big") + value for value in values]
    # Dimensions, no nulls, type of the elements, how many, index of the first.
    return _ARRAY(1, 0, element, len(framed), 1) + b"".join(framed)


def texts(values: Iterable[str | None]) -> bytes:
    """A text[]; None is a null."""
    encoded = [None if value is None else value.encode() for value in values]
    return _items(
        TEXT, [_NULL if one is None else len(one).to_bytes(4, "big") + one for one in encoded]
    )


def integers(values: Iterable[int | None]) -> bytes:
    """An int4[]; None is a null."""
    return _items(INT4, [_NULL if value is None else _INT4_ITEM(4, value) for value in values])


def floats(values: Iterable[float | None]) -> bytes:
    """A float8[]; None is a null."""
    return _items(FLOAT8, [_NULL if value is None else _FLOAT8_ITEM(8, value) for value in values])


def _items(element: int, framed: list[bytes]) -> bytes:
    # Dimensions, whether there may be nulls, type of the elements, how many, index of the first.
    return _ARRAY(1, 1 if _NULL in framed else 0, element, len(framed), 1) + b"".join(framed)


def framed(statement: str, values: Mapping[str, bytes]) -> list[list[bytes | None]]:
    """As ``framed_rows``, on Django's connection and in its transaction; errors are Django's."""
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        done = _sent(connection.connection, statement, values)
        if done.status != ExecStatus.TUPLES_OK:
            raise error_from_result(done)
    return _read(done)


def framed_rows(
    session: psycopg.Connection[Any], statement: str, values: Mapping[str, bytes]
) -> list[list[bytes | None]] | None:
    """What a statement with ``%(name)b`` for each value gives, values and results as the bytes they
    are sent as; None when it fails.

    By libpq itself, and prepared once a session: what psycopg does for its callers around a statement
    costs three times as much (measured with a dozen arrays: 240 us instead of 570). Nothing is told
    of a failure: whoever needs the reason asks again by ``rows``. Waits without the interpreter's lock.
    """
    done = _sent(session, statement, values)
    return _read(done) if done.status == ExecStatus.TUPLES_OK else None


def _sent(
    session: psycopg.Connection[Any], statement: str, values: Mapping[str, bytes]
) -> PGresult:
    mark, text = _numbered(statement, tuple(values))
    known = _prepared.setdefault(session, set())
    if mark not in known:
        made = session.pgconn.prepare(mark, text)
        if made.status != ExecStatus.COMMAND_OK:
            return made
        known.add(mark)
    return session.pgconn.exec_prepared(mark, list(values.values()), [1] * len(values), 1)


def _read(done: PGresult) -> list[list[bytes | None]]:
    columns = range(done.nfields)
    return [[done.get_value(row, column) for column in columns] for row in range(done.ntuples)]


@lru_cache(maxsize=32)
def _numbered(statement: str, names: tuple[str, ...]) -> tuple[bytes, bytes]:
    """A name for the statement, and the statement with a number for each name, as PostgreSQL wants it."""
    for number, name in enumerate(names, 1):
        statement = statement.replace(f"%({name})b", f"${number}")
    text = statement.encode()
    return sha256(text).hexdigest()[:32].encode(), text
