"""Ranges of leaves whose bodies may be in memory together: how much is read follows bytes, not rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audit import binary
from audit.verification.plans import by_the_indexes

MOST: Final = 64 << 20
"""Bytes of stored bodies read at once; a single one may be larger."""
_SIZE: Final = """
SELECT coalesce(sum(octet_length(b.body)), 0)::bigint
FROM audit_entry_leaf l JOIN audit_entry_body b ON b.id = l.entry_id
WHERE l.leaf_index >= %b AND l.leaf_index < %b"""


def portions(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The leaves [first, end) as ranges, halved until what stands in each is small enough."""
    if end - first > 1 and _size(first, end) > MOST:
        middle = (first + end) // 2
        yield from portions(first, middle)
        yield from portions(middle, end)
    else:
        yield first, end


def _size(first: int, end: int) -> int:
    # The length of a body that lies out of line stands beside its row: nothing large is read here.
    with by_the_indexes():
        return int(binary.rows(_SIZE, [first, end])[0][0])
