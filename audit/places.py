"""Followers of the log: each keeps its own place, handles what comes next, and steps over poison.

A place and the work done for it move in one transaction, so that killing a follower anywhere loses
nothing and does nothing twice. Nobody is told that there is work: followers look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    connection,
    transaction,
)

from audit import poison
from audit.keys import KeyFault
from audit.leaves import Leaf, LoggedEntry, entries_at, leaves_from
from audit.poison import Unfit

__all__ = ["Halt", "LoggedEntry", "PlaceState", "advance", "again", "all_places", "hold", "lag"]


@dataclass(frozen=True, slots=True)
class PlaceState:
    """How far a follower is: ``lag`` entries still to handle, ``poisoned`` ones stepped over."""

    name: str
    next_index: int
    lag: int
    poisoned: int
    updated_at: datetime


class Halt(Exception):
    """Nothing can be handled now: the place stays, and nothing becomes poison. Handlers may raise it."""


Handle = Callable[[list[LoggedEntry]], None]
Undo = Callable[[Sequence[Leaf]], None]

TOO_MANY: Final = 50  # failures in one run, with no success: the handler is broken, not the entries


def advance(name: str, limit: int, handle: Handle) -> int:
    """Hand the next entries, at most ``limit`` in order of the tree, to ``handle``; move the place.

    Returns how many were passed, poison included; 0 when there are none, or when another worker has
    this follower's place. ``handle`` runs inside the transaction that moves the place, and may be
    called several times for parts of the batch; what it wrote for a part that fails is undone. An
    entry that fails alone is recorded as poison and stepped over.

    What is wrong with the house and not with an entry is raised, and the place stays: the database
    away or refusing, keys not to be had, a disk (OSError), memory, and Halt, which is raised here
    when the first 50 entries of a run all fail.
    """
    with transaction.atomic():
        first = _take(name)
        leaves = [] if first is None else leaves_from(first, limit)
        if leaves:
            _handle(name, leaves, handle)
            # A crash before this commit undoes the handler's work together with the move.
            _move(name, leaves[-1].index + 1)
    return len(leaves)


def again(name: str, first: int, limit: int, handle: Handle, *, undo: Undo) -> int:
    """Hand entries the follower has already passed to ``handle`` once more; the place stays.

    First ``undo`` takes away what they left behind, given their leaves in order.
    Poison among them that can now be handled is poison no longer. Waits for a batch under way.
    Returns how many were passed: at most ``limit``, 0 when the place is reached.
    """
    with hold(name) as place:
        leaves = leaves_from(first, min(limit, max(0, place - first)))
        if leaves:
            undo(leaves)
            poison.forget(name, leaves[0].index, leaves[-1].index)
            _handle(name, leaves, handle)
    return len(leaves)


@contextmanager
def hold(name: str) -> Iterator[int]:
    """A transaction that has the follower's place to itself; gives the next leaf index it will read.

    Waits for the batch under way. Whoever must change what a follower writes does it in here.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO audit_place (name) VALUES (%s) ON CONFLICT DO NOTHING", [name])
        cursor.execute("SELECT next_index FROM audit_place WHERE name = %s FOR UPDATE", [name])
        yield int(cursor.fetchone()[0])


def lag(name: str) -> int:
    """How many entries of the tree this follower has not passed yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT size - coalesce((SELECT next_index FROM audit_place WHERE name = %s), 0) "
            "FROM audit_tree_state",
            [name],
        )
        return int(cursor.fetchone()[0])


def all_places() -> list[PlaceState]:
    """Every follower that has ever asked for work, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.name, p.next_index, s.size - p.next_index, "
            "(SELECT count(*) FROM audit_poison x WHERE x.place = p.name), p.updated_at "
            "FROM audit_place p, audit_tree_state s ORDER BY p.name"
        )
        return [PlaceState(*row) for row in cursor]


def _take(name: str) -> int | None:
    with connection.cursor() as cursor:
        query = "SELECT next_index FROM audit_place WHERE name = %s FOR UPDATE SKIP LOCKED"
        cursor.execute(query, [name])
        row = cursor.fetchone()
        if row is None:  # another worker has it, or this follower is new
            cursor.execute(
                "INSERT INTO audit_place (name) VALUES (%s) ON CONFLICT DO NOTHING RETURNING 0",
                [name],
            )
            row = cursor.fetchone()
    return None if row is None else int(row[0])


def _move(name: str, next_index: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_place SET next_index = %s, updated_at = clock_timestamp() WHERE name = %s",
            [next_index, name],
        )


def _handle(name: str, leaves: Sequence[Leaf], handle: Handle) -> None:
    batch = _Batch(name, handle)
    entries = []
    for leaf, entry in zip(leaves, entries_at(leaves), strict=True):
        if isinstance(entry, Unfit):
            batch.step_over(leaf.index, leaf.entry_id, entry)
        else:
            entries.append(entry)
    if entries:
        batch.attempt(entries)


class _Batch:
    """One run of entries on its way through a handler, halved where it fails."""

    def __init__(self, name: str, handle: Handle) -> None:
        self._name = name
        self._handle = handle
        self._handled = 0
        self._poisoned = 0

    def attempt(self, entries: list[LoggedEntry]) -> None:
        try:
            with transaction.atomic():
                self._handle(entries)
            self._handled += len(entries)
        except (DataError, IntegrityError) as error:
            self._split(entries, error)
        except (DatabaseError, InterfaceError, KeyFault, OSError, MemoryError, Halt):
            raise
        except Exception as error:  # noqa: BLE001 - any fault of one entry must stop this entry only
            self._split(entries, error)

    def _split(self, entries: list[LoggedEntry], error: Exception) -> None:
        if len(entries) == 1:
            self.step_over(entries[0].leaf_index, entries[0].id, error)
            return
        half = len(entries) // 2
        self.attempt(entries[:half])
        self.attempt(entries[half:])

    def step_over(self, leaf_index: int, entry_id: UUID, error: Exception) -> None:
        self._poisoned += 1
        if self._poisoned == TOO_MANY and not self._handled:
            said = poison.describe(error)
            raise Halt(f"{self._name} fails at every entry, so the fault is not theirs: {said}")
        poison.note(self._name, leaf_index, entry_id, error)
