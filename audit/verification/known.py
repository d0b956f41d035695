"""Every checkpoint kept here, in the table and outside the database, against what the leaves give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from math import inf
from typing import Any, Final

from django.db import connection

from audit.checkpoint import Checkpoint, NoteError, VerifierKey, open_note
from audit.checkpoints import CheckpointStore
from audit.keys import key_store
from audit.verification.findings import Finding, finding

_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """A checkpoint as it stands somewhere; ``head`` is None when its note cannot be read."""

    size: int
    note: str
    head: Checkpoint | None
    row_root: bytes | None
    """What the table's column says; None for a note outside the database."""

    @property
    def outside(self) -> bool:
        return self.row_root is None


class Walk:
    """The checkpoints of trees with more than ``after`` leaves, smallest first, by size."""

    def __init__(self, after: int, store: CheckpointStore) -> None:
        """Raises checkpoints.StoreFault, here or later, when the outside store cannot be read."""
        rows = merge(_in_table(after), _outside(after, store), key=lambda one: one.size)
        self._groups = groupby(rows, key=lambda one: one.size)
        self._next: tuple[int, list[Known]] | None = None
        self._step()

    @property
    def size(self) -> float:
        """The size of the next ones; infinite when there are none."""
        return inf if self._next is None else self._next[0]

    def take(self) -> list[Known]:
        """The next ones, all of one size."""
        found = self._next[1] if self._next else []
        self._step()
        return found

    def _step(self) -> None:
        size, group = next(self._groups, (None, None))
        self._next = None if size is None or group is None else (size, list(group))


def _in_table(after: int) -> Iterator[Known]:
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT size, root, note FROM audit_checkpoint WHERE size > %s "
                "ORDER BY size LIMIT %s",
                [after, _BATCH],
            )
            rows = cursor.fetchall()
        for size, root, note in rows:
            yield Known(size, note, head_of(note), bytes(root))
        if len(rows) < _BATCH:
            return
        after = rows[-1][0]


def _outside(after: int, store: CheckpointStore) -> Iterator[Known]:
    before, size = "", 0
    for note in store.history():
        head = head_of(note)
        # One that cannot be read stands where the one before it stood.
        size = max(size, head.size) if head else size
        if size > after and note != before:
            yield Known(size, note, head, None)
        before = note


def head_of(note: str) -> Checkpoint | None:
    """What a note says, unverified; None when it is no checkpoint."""
    try:
        return Checkpoint.parse(note.partition("\n\n")[0] + "\n")
    except NoteError:
        return None


class Agreement:
    """Walks through the checkpoints and remembers how far they agree with the leaves."""

    def __init__(self, newest_outside: str | None) -> None:
        self.seen = 0
        self.contradicted = 0
        self.agreed: int | None = None
        self.newest: int | None = None
        self._newest_outside = newest_outside

    def judge(self, size: int, root: bytes, found: list[Known]) -> Iterator[Finding]:
        """What is wrong with the checkpoints of this size; ``root`` is what the leaves give."""
        self.seen += 1
        self.newest = size
        for one in found:
            if one.row_root is None or one.head is None:
                continue
            if (one.head.size, one.head.root) != (one.size, one.row_root):
                yield finding(
                    "checkpoint-row-changed",
                    f"The row of the checkpoint at {size} leaves differs from its own note.",
                )
        for note in dict.fromkeys(one.note for one in found):
            yield from _unsigned(size, note)
        if all(one.outside for one in found) and found[-1].note != self._newest_outside:
            yield finding(
                "checkpoint-missing",
                f"The checkpoint at {size} leaves was published, but its row is gone.",
            )
        yield from self._contradiction(size, root, found)

    def _contradiction(self, size: int, root: bytes, found: list[Known]) -> Iterator[Finding]:
        # A note of another size than its row's says nothing of these leaves.
        said = [(one, one.head.root) for one in found if one.head and one.head.size == size]
        against = [one for one, stated in said if stated != root]
        if not against:
            self.agreed = size if said else self.agreed
            return
        self.contradicted += 1
        if self.contradicted == 1:
            # The first says where; all that follow contradict for the same reason.
            where = "outside the database" if against[-1].outside else "in its table"
            yield Finding(
                "checkpoint-contradicted",
                f"The leaves agree with what was published up to {self.agreed or 0}, but not with the "
                f"checkpoint at {size} ({where}): something between was changed.",
                self.agreed or 0,
                None,
                size - 1,
            )

    def dump(self) -> dict[str, Any]:
        return {
            "seen": self.seen,
            "contradicted": self.contradicted,
            "agreed": self.agreed,
            "newest": self.newest,
        }

    def load(self, dumped: dict[str, Any]) -> None:
        self.seen, self.contradicted = dumped["seen"], dumped["contradicted"]
        self.agreed, self.newest = dumped["agreed"], dumped["newest"]


def _unsigned(size: int, note: str) -> Iterator[Finding]:
    head = head_of(note)
    try:
        if head is None:
            raise NoteError("it is no checkpoint at all.")
        # Under the name it states: an earlier epoch of the log had another, and the same key.
        open_note(note, [VerifierKey.of(head.origin, key_store().public)])
    except NoteError as error:
        yield finding(
            "checkpoint-unsigned",
            f"The checkpoint at {size} leaves is not as this log signed it: {error}",
        )
