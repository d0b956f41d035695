"""The tree as its tables hold it: state, tiles and leaves, read and written."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from audit import merkle
from audit.binary_copy import copy_in
from audit.merkle import HASH_BYTES, TILE_WIDTH, Frontier, Tile, edge_ranges

_LEAF_ROW: Final = struct.Struct(">hiqi16si32s")
_TILE_ROW: Final = struct.Struct(">hihiqi8192si32s")


class TreeFault(RuntimeError):
    """The stored tree contradicts itself: nothing may be sequenced or signed until a human looked.

    The message is one sentence that names the place.
    """


@dataclass(frozen=True, slots=True)
class TreeState:
    """How far the tree has grown and where the window of unsettled transactions begins."""

    size: int
    root: bytes
    low_xid: int
    low_id: UUID
    system_identifier: int


_STATE: Final = (
    "SELECT size, root, low_xid::text, low_id, system_identifier FROM audit_tree_state WHERE id = 1"
)


def state(*, lock: bool = False) -> TreeState:
    """The state row; ``lock`` holds it until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE + (" FOR UPDATE" if lock else ""))
        row = cursor.fetchone()
    if row is None:
        raise TreeFault("The row of audit_tree_state is gone.")
    return TreeState(row[0], bytes(row[1]), int(row[2]), row[3], row[4])


def read(level: int, index: int, width: int) -> bytes:
    """The first ``width`` hashes of a tile (a ``merkle.Reader``), from the tables.

    Full tiles are rows. The right edge, and every tile as it was before it filled, is put together
    from leaves, or from the roots of the tiles below. Fewer bytes come back when rows are missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substring(hashes FOR %s) FROM audit_tile WHERE level = %s AND index = %s",
            [width * HASH_BYTES, level, index],
        )
        row = cursor.fetchone()
    return bytes(row[0]) if row else b"".join(_hashes(level, index * TILE_WIDTH, width))


def frontier(size: int) -> Frontier:
    """The right edge of the tree at ``size``, read back from the tables.

    Raises TreeFault when a row it needs is missing.
    """
    edges = [_hashes(level, start, count) for level, start, count in edge_ranges(size)]
    try:
        return Frontier(size, edges)
    except ValueError as error:
        raise TreeFault(
            f"Leaves or tiles at the edge of the tree of {size} leaves are missing."
        ) from error


def verified_frontier(expected: TreeState) -> Frontier:
    """The frontier, after its root was found equal to the one in the state row.

    In 2022 a public log died of one flipped bit that was signed over. So what is on the disk is
    asked again before the tree grows on it; raises TreeFault when it says something else.
    """
    edge = frontier(expected.size)
    if edge.root() != expected.root:
        raise TreeFault(
            f"The stored leaves and tiles of the tree of {expected.size} leaves have the root "
            f"{edge.root().hex()}, but audit_tree_state says {expected.root.hex()}."
        )
    return edge


def root_at(size: int) -> bytes:
    """The root the stored tree had at ``size``; raises TreeFault when rows it needs are missing."""
    try:
        return merkle.root_at(size, read)
    except ValueError as error:
        raise TreeFault(f"The tree as it was at {size} leaves is incomplete: {error}") from error


def _hashes(level: int, start: int, count: int) -> list[bytes]:
    if not count:
        return []
    query = (
        "SELECT leaf_hash FROM audit_entry_leaf WHERE leaf_index >= %s AND leaf_index < %s "
        "ORDER BY leaf_index"
    )
    bounds = [start, start + count]
    if level:
        query = (
            "SELECT root FROM audit_tile WHERE level = %s AND index >= %s AND index < %s "
            "ORDER BY index"
        )
        bounds = [level - 1, *bounds]
    with connection.cursor() as cursor:
        cursor.execute(query, bounds)
        return [bytes(row[0]) for row in cursor.fetchall()]


def store(first: int, leaves: Sequence[tuple[bytes, bytes]], tiles: Sequence[Tile]) -> None:
    """Write leaves, each (entry id, hash), from place ``first`` on, and the tiles they completed.

    Only for whoever holds the state row. Raises IntegrityError when an entry or a place is taken.
    """
    if leaves:
        rows = [
            _LEAF_ROW.pack(3, 8, first + offset, 16, entry_id, 32, leaf_hash)
            for offset, (entry_id, leaf_hash) in enumerate(leaves)
        ]
        columns = "audit_entry_leaf (leaf_index, entry_id, leaf_hash)"
        copy_in(f"COPY {columns} FROM STDIN (FORMAT BINARY)", [b"".join(rows)])
    if tiles:
        rows = [
            _TILE_ROW.pack(4, 2, tile.level, 8, tile.index, 8192, tile.hashes, 32, tile.root)
            for tile in tiles
        ]
        columns = "audit_tile (level, index, hashes, root)"
        copy_in(f"COPY {columns} FROM STDIN (FORMAT BINARY)", [b"".join(rows)])


def store_state(size: int, root: bytes, low: tuple[int, UUID], *, adopt_cluster: bool) -> None:
    """Move the state row on; ``adopt_cluster`` also notes that ``low`` counts in this cluster."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_tree_state SET size = %s, root = %s, low_xid = %s::xid8, low_id = %s, "
            "system_identifier = CASE WHEN %s THEN c.system_identifier "
            "ELSE audit_tree_state.system_identifier END FROM pg_control_system() c",
            [size, root, str(low[0]), low[1], adopt_cluster],
        )
