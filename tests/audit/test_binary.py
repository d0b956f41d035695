"""Values and results as bytes, by libpq itself: what psycopg would give, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import DataError, connection, transaction

from audit import binary
from audit.binary_copy import timestamp

AT = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)
NAME = UUID("019a0b5c-7d00-7000-8000-000000000001")
STATEMENT = "SELECT %(a)b::bytea[] || %(a)b::bytea[], %(n)b::boolean"


def session() -> psycopg.Connection[object]:
    connection.ensure_connection()
    return connection.connection


@pytest.mark.django_db
def test_arrays_are_what_postgresql_reads() -> None:
    moment = timestamp(AT).to_bytes(8, "big", signed=True)
    found = binary.framed_rows(
        session(),
        "SELECT %(b)b::bytea[] = ARRAY['\\x00ff', '']::bytea[], %(t)b::text[] = ARRAY['é', 'x'],"
        " %(w)b::timestamptz[] = ARRAY['2026-11-27 12:00:00.123456+00']::timestamptz[],"
        f" %(u)b::uuid[] = ARRAY['{NAME}', '{NAME}']::uuid[]",
        {
            "b": binary.array(binary.BYTEA, [b"\x00\xff", b""]),
            "t": binary.array(binary.TEXT, ["é".encode(), b"x"]),
            "w": binary.array(binary.TIMESTAMPTZ, [moment]),
            "u": binary.array(binary.UUID, [NAME.bytes] * 2),
        },
    )
    assert found == [[binary.TRUE] * 4]


@pytest.mark.django_db
def test_a_statement_is_prepared_once_and_a_name_may_stand_twice() -> None:
    values = {"a": binary.array(binary.BYTEA, [b"x"]), "n": binary.FALSE}
    two = binary.array(binary.BYTEA, [b"x", b"x"])
    for _ in range(2):
        assert binary.framed_rows(session(), STATEMENT, values) == [[two, binary.FALSE]]
    (count,) = session().execute(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::bytea[] ||%'"
    ).fetchone()  # fmt: skip
    assert count == 1


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["SELECT 1/%(n)b::int4", "SELECT nothing(%(n)b)"])
def test_nothing_is_told_of_a_failure(statement: str) -> None:
    assert binary.framed_rows(session(), statement, {"n": bytes(4)}) is None


@pytest.mark.django_db
def test_null_and_no_row() -> None:
    values = {"n": binary.TRUE}
    assert binary.framed_rows(session(), "SELECT nullif(%(n)b, true)", values) == [[None]]
    assert binary.framed_rows(session(), "SELECT 1 WHERE NOT %(n)b", values) == []


@pytest.mark.django_db
def test_arrays_with_nulls_and_errors_of_django() -> None:
    values = {
        "f": binary.floats([0.1, None, -0.0]),
        "t": binary.texts(["é", None]),
        "i": binary.integers([7, None]),
    }
    statement = (
        "SELECT %(f)b::float8[] IS NOT DISTINCT FROM ARRAY[0.1, NULL, -0.0]::float8[],"
        " %(t)b::text[] IS NOT DISTINCT FROM ARRAY['é', NULL],"
        " %(i)b::int4[] IS NOT DISTINCT FROM ARRAY[7, NULL]"
    )
    assert binary.framed(statement, values) == [[binary.TRUE] * 3]
    nothing = {"f": binary.floats([]), "t": binary.texts([]), "i": binary.integers([])}
    assert binary.framed(
        "SELECT cardinality(%(f)b::float8[]) + cardinality(%(t)b::text[]) + cardinality(%(i)b::int4[])",
        nothing,
    ) == [[bytes(4)]]
    with pytest.raises(DataError, match="division by zero"), transaction.atomic():
        binary.framed("SELECT 1/%(n)b::int4", {"n": bytes(4)})
