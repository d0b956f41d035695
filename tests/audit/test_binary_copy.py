"""Rows framed for COPY arrive as they were meant, and errors say who is to begin again."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from audit.binary_copy import NULL, Contended, copy_in, length, timestamp

COPY = "COPY audit_place (name, next_index, updated_at) FROM STDIN (FORMAT BINARY)"
pytestmark = pytest.mark.django_db


def row(name: bytes, index: int | None, at: datetime) -> bytes:
    number = NULL if index is None else length(8) + index.to_bytes(8, "big")
    moment = timestamp(at).to_bytes(8, "big", signed=True)
    return b"\x00\x03" + length(len(name)) + name + number + length(8) + moment


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
    copy_in(COPY, [row(b"a", 2**62, at), row("é".encode(), 0, at)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, next_index, updated_at FROM audit_place ORDER BY name")
        assert cursor.fetchall() == [("a", 2**62, at), ("é", 0, at)]


def test_a_key_that_exists_is_contended_and_another_rule_is_not() -> None:
    now = datetime.now(UTC)
    copy_in(COPY, [row(b"a", 1, now)])
    with pytest.raises(Contended), transaction.atomic():
        copy_in(COPY, [row(b"b", 1, now) + row(b"a", 1, now)])
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_in(COPY, [row(b"b", None, now)])
