"""The tree as its tables hold it: state, tiles and leaves, read for whoever extends or proves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from audit import merkle
from audit.merkle import HASH_BYTES, TILE_WIDTH, Frontier, edge_ranges


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
