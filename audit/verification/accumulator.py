"""The tree once more, from leaf hashes alone.

Written apart from audit.merkle, so that a fault in one of the two shows as a difference and not as
agreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

HEIGHT = 8
WIDTH = 256


class Whole(NamedTuple):
    """A tile that became full."""

    level: int
    number: int
    hashes: bytes
    root: bytes


class Accumulator:
    """A binary counter of perfect subtrees (RFC 9162 §2.1), and the tiles in the making.

    Adding a leaf costs two hashes on average, asking for the root at most one for each level.
    """

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []
        self._rows: list[list[bytes]] = [[]]

    def add(self, leaf_hashes: Sequence[bytes]) -> list[Whole]:
        """Add leaves; returns the tiles this completed, in the order they did."""
        peaks, digest = self._peaks, sha256
        whole: list[Whole] = []
        for leaf_hash in leaf_hashes:
            self._rows[0].append(leaf_hash)
            height, node = 0, leaf_hash
            while peaks and peaks[-1][0] == height:
                node = digest(b"\x01" + peaks.pop()[1] + node).digest()
                height += 1
                if height % HEIGHT == 0:
                    whole.append(self._tile(height // HEIGHT - 1, node))
            peaks.append((height, node))
            self.size += 1
        return whole

    def _tile(self, level: int, root: bytes) -> Whole:
        hashes, self._rows[level] = b"".join(self._rows[level]), []
        if level + 1 == len(self._rows):
            self._rows.append([])
        self._rows[level + 1].append(root)
        number = self.size >> (HEIGHT * (level + 1))
        return Whole(level, number, hashes, root)

    def root(self) -> bytes:
        """The root of all that was added."""
        if not self._peaks:
            return sha256(b"").digest()
        node = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            node = sha256(b"\x01" + peak + node).digest()
        return node

    def dump(self) -> dict[str, object]:
        """For a resume file; ``load`` reads it."""
        return {
            "size": self.size,
            "peaks": [[height, node.hex()] for height, node in self._peaks],
            "rows": [b"".join(row).hex() for row in self._rows],
        }

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Accumulator:
        accumulator = cls()
        accumulator.size = dumped["size"]
        accumulator._peaks = [(height, bytes.fromhex(node)) for height, node in dumped["peaks"]]
        rows = [bytes.fromhex(row) for row in dumped["rows"]]
        accumulator._rows = [[row[at : at + 32] for at in range(0, len(row), 32)] for row in rows]
        return accumulator
