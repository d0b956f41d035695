"""A log held as flat rows of hashes, one per tile level: the plainest reader of tiles there is."""

import hashlib
from collections.abc import Sequence

from audit import merkle


def made_up_hashes(count: int, seed: bytes = b"leaves") -> list[bytes]:
    blob = hashlib.shake_256(seed).digest(32 * count)
    return [blob[at : at + 32] for at in range(0, len(blob), 32)]


def pair_up(row: bytes) -> bytes:
    """The root of a full row, written apart from the product's own folding."""
    hashes = [row[at : at + 32] for at in range(0, len(row), 32)]
    while len(hashes) > 1:
        hashes = [
            hashlib.sha256(b"\x01" + left + right).digest()
            for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


class FlatLog:
    """Tile rows of a tree; ``reader(size)`` refuses to show what the tree of ``size`` has not."""

    def __init__(self, leaf_hashes: Sequence[bytes]) -> None:
        self.rows = [b"".join(leaf_hashes)]
        while len(self.rows[-1]) >= merkle.TILE_BYTES:
            row = self.rows[-1]
            full = len(row) // merkle.TILE_BYTES * merkle.TILE_BYTES
            tiles = (row[at : at + merkle.TILE_BYTES] for at in range(0, full, merkle.TILE_BYTES))
            self.rows.append(b"".join(pair_up(tile) for tile in tiles))
        self.seen: set[tuple[int, int, int]] = set()

    def hashes(self, level: int, start: int, count: int) -> bytes:
        return self.rows[level][32 * start : 32 * (start + count)]

    def reader(self, size: int) -> merkle.Reader:
        def read(level: int, index: int, width: int) -> bytes:
            assert 1 <= width <= 256
            assert 256 * index + width <= size >> (8 * level), "a hash the tree has not"
            self.seen.add((level, index, width))
            return self.hashes(level, 256 * index, width)

        self.seen = set()
        return read
