"""The log's own lines and its signed tree heads, newest first: nothing in them is personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from audit.header import Header, HeaderError, parse
from audit.queries.pages import Page, Position, bounded, page, position

_ENTRIES: Final = """
SELECT l.leaf_index, l.leaf_hash, e.header
FROM (SELECT * FROM audit_entry_leaf WHERE {where} ORDER BY leaf_index {way} LIMIT %s) l
JOIN audit_entry e ON e.id = l.entry_id
ORDER BY l.leaf_index {way}"""
_CHECKPOINTS: Final = """
SELECT size, root, note, signed_at FROM audit_checkpoint WHERE {where} ORDER BY size {way} LIMIT %s"""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A leaf of the tree: its header as the bytes that are hashed, and as values.

    ``header`` is None when the bytes are no header any more: somebody changed them (verifylog).
    """

    leaf_index: int
    leaf_hash: bytes
    header: Header | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A tree head as it was signed; ``note`` is the C2SP signed note, whole."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


def entries(cursor: str | None = None, limit: int = 50) -> Page[EntryRow]:
    """A page of the log, newest leaf first. Raises pages.BadCursor."""
    limit = bounded(limit)
    at = position(cursor, int)
    rows = [entry_row(*row) for row in _read(_ENTRIES, "leaf_index", at, limit)]
    return page(rows, at, limit, key=lambda row: (row.leaf_index,))


def checkpoints(cursor: str | None = None, limit: int = 50) -> Page[CheckpointRow]:
    """A page of signed tree heads, newest first. Raises pages.BadCursor."""
    limit = bounded(limit)
    at = position(cursor, int)
    rows = [
        CheckpointRow(size, bytes(root), note, signed_at)
        for size, root, note, signed_at in _read(_CHECKPOINTS, "size", at, limit)
    ]
    return page(rows, at, limit, key=lambda row: (row.size,))


def entry_row(index: int, leaf_hash: bytes, raw: bytes) -> EntryRow:
    return EntryRow(index, bytes(leaf_hash), _header(bytes(raw)), bytes(raw))


def _header(raw: bytes) -> Header | None:
    try:
        return parse(raw)
    except HeaderError:
        return None


def _read(query: str, column: str, at: Position | None, limit: int) -> list[tuple[Any, ...]]:
    back = at is not None and at.back
    where = f"{column} {'>' if back else '<'} %s::bigint" if at else "true"
    values = [*(at.key if at else ()), limit + 1]
    with connection.cursor() as cursor:
        cursor.execute(query.format(where=where, way="ASC" if back else "DESC"), values)
        return list(cursor.fetchall())
