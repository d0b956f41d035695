"""Rows framed for COPY arrive as they were meant, and errors say who is to begin again."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from audit.binary_copy import Contended, copy_in, length, timestamp

COPY = "COPY copied (n, at, said) FROM STDIN (FORMAT BINARY)"


@pytest.fixture
def copied(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copied (n int PRIMARY KEY CHECK (n < 100), at timestamptz, said bytea)"
            " ON COMMIT DROP"
        )


def row(n: int, at: datetime, said: bytes) -> bytes:
    fields = (length(n), timestamp(at).to_bytes(8, "big", signed=True), said)
    return b"\x00\x03" + b"".join(length(len(field)) + field for field in fields)


@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_values_arrive(at: datetime) -> None:
    copy_in(COPY, row(1, at, b"\x00\xff") + row(2, at, b""))
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, at, said FROM copied ORDER BY n")
        assert [(n, when, bytes(said)) for n, when, said in cursor] == [
            (1, at, b"\x00\xff"),
            (2, at, b""),
        ]


@pytest.mark.usefixtures("copied")
def test_a_key_that_exists_is_contended_and_another_rule_is_not() -> None:
    now = datetime.now(UTC)
    copy_in(COPY, row(1, now, b""))
    with pytest.raises(Contended), transaction.atomic():
        copy_in(COPY, row(2, now, b"") + row(1, now, b""))
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_in(COPY, row(100, now, b""))
