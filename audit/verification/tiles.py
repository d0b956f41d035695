"""The stored tiles against the tiles that the leaves give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection

from audit.merkle import HASH_BYTES, TILE_WIDTH, tile_path
from audit.verification.accumulator import Whole
from audit.verification.content import Candidates
from audit.verification.findings import Finding, finding

LOST = bytes(HASH_BYTES)


class LeafTiles:
    """The stored tiles of level 0 under a batch of leaves, read at once."""

    def __init__(self, first: int, end: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT index, hashes FROM audit_tile WHERE level = 0 AND index >= %s "
                "AND index <= %s",
                [first // TILE_WIDTH, end // TILE_WIDTH],
            )
            self._tiles = {row[0]: bytes(row[1]) for row in cursor}

    def settle(self, first: int, hashes: Sequence[Candidates]) -> list[bytes]:
        """One hash for each leaf: that on which two of header, row and tile agree.

        A single change is then reported where it was made, and not again by every root above it.
        Where no two agree the content counts.
        """
        return [self._one(index, hash_) for index, hash_ in enumerate(hashes, first)]

    def _one(self, index: int, hash_: Candidates) -> bytes:
        in_tile = self.hash(index)
        if hash_.of_content is not None and hash_.of_content in (hash_.of_row, in_tile):
            return hash_.of_content
        if hash_.of_row is not None and hash_.of_row == in_tile:
            return hash_.of_row
        return hash_.of_content or in_tile or hash_.of_row or LOST

    def hash(self, index: int) -> bytes | None:
        """The hash a stored full tile has for this leaf."""
        tile = self._tiles.get(index // TILE_WIDTH)
        offset = index % TILE_WIDTH * HASH_BYTES
        return tile[offset : offset + HASH_BYTES] if tile else None


def compare(whole: Sequence[Whole]) -> Iterator[Finding]:
    """The faults of stored tiles, against the same tiles as the leaves give them."""
    for level in sorted({tile.level for tile in whole}):
        wanted = {tile.number: tile for tile in whole if tile.level == level}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT index, hashes, root FROM audit_tile WHERE level = %s AND index = ANY(%s)",
                [level, list(wanted)],
            )
            stored = {row[0]: (bytes(row[1]), bytes(row[2])) for row in cursor}
        for index, tile in wanted.items():
            yield from _faults(tile, stored.get(index))


def _faults(tile: Whole, stored: tuple[bytes, bytes] | None) -> Iterator[Finding]:
    name = tile_path(tile.level, tile.number)
    span = TILE_WIDTH**tile.level
    first = tile.number * TILE_WIDTH * span
    if stored is None:
        yield finding("tile-missing", f"The tile {name} is gone.", first)
        return
    hashes, root = stored
    for offset in range(TILE_WIDTH):
        part = slice(offset * HASH_BYTES, (offset + 1) * HASH_BYTES)
        if hashes[part] != tile.hashes[part]:
            said = f"Hash {offset} of the tile {name} is not what the leaves below it give."
            yield finding("tile-changed", said, first + offset * span)
    if root != tile.root:
        yield finding("tile-root-changed", f"The root beside the tile {name} is wrong.", first)


def beyond(size: int) -> Iterator[Finding]:
    """Tiles of a tree larger than the one there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, index FROM audit_tile WHERE index >= %s >> (8 * (level + 1)) "
            "AND (SELECT size FROM audit_tree_state) = %s ORDER BY level, index LIMIT 20",
            [size, size],
        )
        for level, index in cursor.fetchall():
            said = f"The tile {tile_path(level, index)} is of a larger tree than there is."
            yield finding("tile-beyond-tree", said, index * TILE_WIDTH ** (level + 1))
