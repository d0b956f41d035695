"""Statements whose values and results travel in binary: for a thousand rows at a time.

Django's cursors write every value into the statement as text and read every result as text, which
for bytes and arrays costs more than the database does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from django.db import connection


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
