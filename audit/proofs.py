"""Proofs, tiles and checkpoints for whoever asks, never about more than is published.

A tile or a proof beyond the published size would speak of a tree nobody has signed; after a crash
the signed one could differ from it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from audit import merkle, tree
from audit.merkle import TILE_HEIGHT, TILE_WIDTH
from audit.tree import TreeFault

_LENGTH: Final = struct.Struct(">H")
_CHECKPOINT: Final = "SELECT size, root, note, signed_at FROM audit_checkpoint "


class NotPublished(LookupError):
    """What was asked for is not in any published tree (or not yet); one sentence says what."""


@dataclass(frozen=True, slots=True)
class PublishedCheckpoint:
    """A signed tree head; ``note`` is the C2SP signed note, byte for byte as published."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class IncludedReceipt:
    """All that is needed to check offline that an entry is in the log.

    ``header`` hashes to ``leaf_hash``; ``proof`` leads from there to the root in ``checkpoint``.
    """

    entry_id: UUID
    header: bytes
    leaf_index: int
    leaf_hash: bytes
    proof: list[bytes]
    checkpoint: PublishedCheckpoint


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands, with what the door needs to judge who may know.

    ``leaf_index`` is None while the sequencer has not seen it.
    """

    entry_id: UUID
    leaf_index: int | None
    leaf_hash: bytes
    header: bytes


def latest_checkpoint() -> PublishedCheckpoint | None:
    """The newest published checkpoint; None before the first."""
    return _checkpoint("ORDER BY size DESC LIMIT 1", [])


def checkpoint_at(size: int) -> PublishedCheckpoint | None:
    """The checkpoint published at exactly this size, if there was one."""
    return _checkpoint("WHERE size = %s", [size])


def published_size() -> int:
    """How many leaves the newest checkpoint covers; 0 before the first."""
    latest = latest_checkpoint()
    return latest.size if latest else 0


def inclusion(leaf_index: int, size: int) -> list[bytes]:
    """The audit path of a leaf in the published tree of ``size`` leaves (RFC 9162 §2.1.3.1).

    Raises NotPublished when that tree is not published or has no such leaf.
    """
    _must_be_published(size)
    try:
        return merkle.inclusion_proof(leaf_index, size, tree.read)
    except ValueError as error:
        raise _unprovable(error, leaf_index < size) from error


def consistency(first: int, second: int) -> list[bytes]:
    """That the tree of ``first`` leaves is a prefix of that of ``second`` (RFC 9162 §2.1.4.1).

    Raises NotPublished unless 0 < first <= second and ``second`` is published.
    """
    _must_be_published(second)
    try:
        return merkle.consistency_proof(first, second, tree.read)
    except ValueError as error:
        raise _unprovable(error, 0 < first <= second) from error


def root_at(size: int) -> bytes:
    """The root of the published tree at ``size``; raises NotPublished."""
    _must_be_published(size)
    return tree.root_at(size)


def tile(level: int, index: int, width: int) -> bytes:
    """``width`` hashes of a C2SP tile; raises NotPublished for one beyond the published tree."""
    _must_reach(level, index, width)
    hashes = tree.read(level, index, width)
    if len(hashes) != width * merkle.HASH_BYTES:
        raise TreeFault(f"Rows of {merkle.tile_path(level, index, width)} are missing.")
    return hashes


def entries_tile(index: int, width: int) -> bytes:
    """``width`` headers as a C2SP entry bundle: each after its length as two big-endian bytes.

    Raises NotPublished beyond the published tree, TreeFault when an entry is missing.
    """
    _must_reach(0, index, width)
    start = index * TILE_WIDTH
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.header FROM audit_entry_leaf l JOIN audit_entry e ON e.id = l.entry_id "
            "WHERE l.leaf_index >= %s AND l.leaf_index < %s ORDER BY l.leaf_index",
            [start, start + width],
        )
        headers = [bytes(row[0]) for row in cursor.fetchall()]
    if len(headers) != width:
        raise TreeFault(f"Entries of {merkle.entries_path(index, width)} are missing.")
    return b"".join(part for header in headers for part in (_LENGTH.pack(len(header)), header))


def place_of(entry_id: UUID) -> Place | None:
    """Where an entry stands in the tree, published or not; None when there is no such entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.leaf_index, e.leaf_hash, e.header FROM audit_entry e "
            "LEFT JOIN audit_entry_leaf l ON l.entry_id = e.id WHERE e.id = %s",
            [entry_id],
        )
        row = cursor.fetchone()
    return Place(entry_id, row[0], bytes(row[1]), bytes(row[2])) if row else None


def leaf_at(leaf_index: int) -> bytes | None:
    """The hash of a leaf; None beyond the tree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT leaf_hash FROM audit_entry_leaf WHERE leaf_index = %s", [leaf_index])
        row = cursor.fetchone()
    return bytes(row[0]) if row else None


def included_receipt(entry_id: UUID) -> IncludedReceipt | None:
    """The receipt against the newest checkpoint; None while none covers the entry."""
    place = place_of(entry_id)
    checkpoint = latest_checkpoint()
    if place is None or place.leaf_index is None:
        return None
    if checkpoint is None or checkpoint.size <= place.leaf_index:
        return None
    proof = inclusion(place.leaf_index, checkpoint.size)
    return IncludedReceipt(
        entry_id, place.header, place.leaf_index, place.leaf_hash, proof, checkpoint
    )


def _checkpoint(where: str, values: Sequence[Any]) -> PublishedCheckpoint | None:
    with connection.cursor() as cursor:
        cursor.execute(_CHECKPOINT + where, values)
        row = cursor.fetchone()
    return PublishedCheckpoint(row[0], bytes(row[1]), row[2], row[3]) if row else None


def _must_be_published(size: int) -> None:
    published = published_size()
    if not 0 < size <= published:
        raise NotPublished(f"No tree of {size} leaves is published; the newest has {published}.")


def _must_reach(level: int, index: int, width: int) -> None:
    available = (published_size() >> (TILE_HEIGHT * level)) - index * TILE_WIDTH
    if not 0 < width <= available:
        raise NotPublished("The published tree does not reach that tile, or not that width of it.")


def _unprovable(error: ValueError, within: bool) -> Exception:
    # Within the tree only a missing row stops a proof: the log's fault, not the asker's.
    return TreeFault(f"The stored tree is damaged: {error}") if within else NotPublished(str(error))
