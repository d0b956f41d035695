"""Which entries still lack a place: the window over (xid, id), read so that none is passed over.

Every transaction below ``pg_snapshot_xmin`` is finished. The window begins at ``low``, below which
all is finished and sequenced, and what has a leaf already is left out by an anti-join. So a late
commit is still in the window, and a transaction left open elsewhere holds ``low`` back and nothing
else. Entries leave in the order (xid, id): an order of sequencing, not of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from audit.tree import TreeFault, TreeState

ZERO: Final = UUID(int=0)
_COPY_HEAD_BYTES: Final = 19
_COPY_END: Final = b"\xff\xff"

Point = tuple[int, UUID]
"""A place in the order (xid, id)."""


class Entry(NamedTuple):
    """What the tree needs of an entry: 16 bytes of id, the hash of its header, its transaction."""

    id: bytes
    leaf_hash: bytes
    xid: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions were finished when it was taken; ``running`` includes our own."""

    xmin: int
    xmax: int
    running: tuple[int, ...]
    own: int

    @classmethod
    def take(cls, cursor: CursorWrapper) -> Snapshot:
        """Must be a statement of its own before the fetch.

        Then whatever it calls finished, the fetch has seen. The other way round, a commit between
        the two would count as settled without having been read.
        """
        cursor.execute("SELECT pg_current_xact_id()::text, pg_current_snapshot()::text")
        own, text = cursor.fetchone()
        xmin, xmax, running = text.split(":")
        xids = tuple(int(xid) for xid in running.split(",") if xid)
        return cls(int(xmin), int(xmax), (*xids, int(own)), int(own))


@dataclass(frozen=True, slots=True)
class Settled:
    """Sequenced for certain: all before ``reached`` but what the ``running`` transactions wrote.

    Only in the memory of the process that sequenced it. Without it every step would anti-join the
    whole window again, which grows for as long as a transaction elsewhere stays open.
    """

    reached: Point
    running: tuple[int, ...]


class Window:
    """One reading of the window, inside the transaction that holds the state row."""

    def __init__(
        self, cursor: CursorWrapper, state: TreeState, settled: Settled | None, *, whole: bool
    ) -> None:
        """``whole``: the rows come from another cluster, so begin at the beginning.

        A logical restore brings xids whose numbers mean nothing here: new transactions count from
        a small number, below the ``low`` that was copied, and would never be looked at.
        """
        self._cursor = cursor
        self._whole = whole
        self._low: Point = (0, ZERO) if whole else (state.low_xid, state.low_id)
        self._settled = settled
        self._snapshot = Snapshot.take(cursor)
        self.entries: list[Entry] = []
        self.complete = False

    def fetch(self, limit: int) -> list[Entry]:
        """At most ``limit`` entries without a leaf; TreeFault for one whose hash is wrong."""
        start = self._low
        if self._settled:
            start = max(start, self._settled.reached)
            # Only up to where the second reading begins, or it would meet the same entries again.
            self.entries = self._read(self._low, limit, until=start, among=self._settled.running)
        if len(self.entries) < limit:
            self.entries += self._read(start, limit - len(self.entries))
        self.complete = len(self.entries) < limit
        return self.entries

    def next_low(self) -> Point:
        """Where the next window begins; never before this one.

        Everything below ``xmin`` was finished before the fetch, so a complete fetch has seen it
        all. An incomplete one has seen all up to its last row, if that row is below ``xmin``.
        """
        reached: Point = (self._snapshot.xmin, ZERO)
        if not self.complete and self.entries[-1].xid < self._snapshot.xmin:
            reached = _point(self.entries[-1])
        return max(self._low, reached)

    def next_settled(self) -> Settled:
        """What this process may step over next time, once the transaction has committed."""
        # What began after the snapshot may still run, although rows beyond it were read.
        reached: Point = (self._snapshot.xmax, ZERO)
        if not self.complete:
            reached = min(reached, _point(self.entries[-1]))
        return Settled(reached, self._snapshot.running)

    def _read(
        self, low: Point, limit: int, *, until: Point | None = None, among: tuple[int, ...] = ()
    ) -> list[Entry]:
        # e.xid, never xid: the bare name could mean a text column of the SELECT list, and text
        # sorts 10 before 9.
        conditions = ["(e.xid, e.id) > (%s::xid8, %s)"]
        values: list[object] = [str(low[0]), low[1]]
        if until is not None:
            conditions.append("(e.xid, e.id) <= (%s::xid8, %s) AND e.xid = ANY (%s::xid8[])")
            values += [str(until[0]), until[1], [str(xid) for xid in among]]
        if not self._whole:
            # No row written here can have an xid this cluster has not reached. A restored one can;
            # the first steps after the restore have sequenced it.
            conditions.append("e.xid < greatest(pg_snapshot_xmax(pg_current_snapshot()), %s::xid8)")
            values.append(str(self._snapshot.own + 1))
        query = f"""COPY (
            SELECT e.id, e.leaf_hash, e.xid, e.header FROM audit_entry e
            WHERE {" AND ".join(conditions)}
              AND NOT EXISTS (SELECT FROM audit_entry_leaf l WHERE l.entry_id = e.id)
            ORDER BY e.xid, e.id LIMIT %s) TO STDOUT (FORMAT binary)"""  # noqa: S608
        with self._cursor.copy(query, [*values, limit]) as blocks:
            return [_entry(row) for row in _rows(blocks)]


def _point(entry: Entry) -> Point:
    return entry.xid, UUID(bytes=entry.id)


def _rows(blocks: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """The rows of a binary COPY, which the server sends one to a message."""
    skip = _COPY_HEAD_BYTES
    for block in blocks:
        row = bytes(block)[skip:]
        skip = 0
        if row != _COPY_END:
            yield row


def _entry(row: bytes) -> Entry:
    # Each field comes after its four bytes of length: id 16, leaf hash 32, xid 8, then the header.
    id_, leaf_hash, header = row[6:22], row[26:58], row[74:]
    # The database checks this when a row is written. What it checked may have changed on the disk
    # since, and a wrong hash, once signed over, would break the log for good.
    if sha256(b"\x00" + header).digest() != leaf_hash:
        raise TreeFault(
            f"The header of entry {UUID(bytes=id_)} no longer gives the leaf hash stored beside it."
        )
    return Entry(id_, leaf_hash, int.from_bytes(row[62:70]))
