"""The whole log, leaf by leaf, from raw content up to every checkpoint known, in level memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from audit.checkpoints import CheckpointStore, checkpoint_store
from audit.verification import facts, leftovers, tiles
from audit.verification.accumulator import Accumulator
from audit.verification.batches import Batch, in_order
from audit.verification.facts import Counted
from audit.verification.findings import Finding, Findings, finding
from audit.verification.known import Agreement, Walk, head_of
from audit.verification.report import Report

FORMAT: Final = 1


class CannotResume(ValueError):
    """The resume file is of another log, or not one this version wrote."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is verified: the tree as it was at the beginning, although the log may go on growing."""

    size: int
    root: bytes
    largest_checkpoint: int | None
    last_leaf: int | None


class Verification:
    """One verification. Between two runs ``dump`` lets another process go on where it stands."""

    def __init__(
        self, *, store: CheckpointStore | None = None, resume: dict[str, Any] | None = None
    ) -> None:
        """Raises CannotResume, and checkpoints.StoreFault when the outside store is unreadable."""
        self._store = store or checkpoint_store()
        # In the order of publication backwards: a row is written after the store, and what the store
        # has was committed before. So neither the store nor the state can be behind.
        self._in_table = _largest_checkpoint()
        self._outside = self._store.latest()
        self._target = _fix_target()
        self._tree = Accumulator()
        self._findings = Findings()
        self._agreement = Agreement(self._outside)
        self._verified = self._erased = 0
        self._erasures: set[UUID] = set()
        if resume is not None:
            self._load(resume)
        self._resumed_at = self.position

    @property
    def size(self) -> int:
        """How many leaves there are to look at."""
        return self._target.size

    @property
    def position(self) -> int:
        """How many were looked at."""
        return self._tree.size

    def run(
        self, progress: Callable[[int], bool], *, until: int | None = None, jobs: int = 1
    ) -> Report:
        """Look at the leaves up to ``until``, or all, by ``jobs`` processes.

        ``progress`` is told the length of each batch when it is done; False from it ends the run.
        """
        begun = time.monotonic()
        end = self.size if until is None else min(until, self.size)
        walk = Walk(self.position if self.position else -1, self._store)
        self._judge(walk)
        with closing(in_order(self.position, end, jobs)) as batches:
            for batch in batches:
                self._count(batch)
                self._build(batch, walk)
                if not progress(batch.end - batch.first):
                    break
        return self._report(time.monotonic() - begun)

    def _count(self, batch: Batch) -> None:
        self._findings.extend(batch.findings)
        self._verified += batch.verified
        self._erased += batch.erased
        self._erasures.update(batch.erasures)

    def _build(self, batch: Batch, walk: Walk) -> None:
        """Extend the tree, stopping wherever a checkpoint says what the root must be."""
        hashes, whole = batch.leaf_hashes(), []
        while hashes:
            cut = int(min(walk.size, batch.end)) - self.position
            whole += self._tree.add(hashes[:cut])
            hashes = hashes[cut:]
            self._judge(walk)
        self._findings.extend(tiles.compare(whole))

    def _judge(self, walk: Walk) -> None:
        if walk.size == self.position:
            found = walk.take()
            self._findings.extend(self._agreement.judge(self.position, self._tree.root(), found))

    def _report(self, seconds: float) -> Report:
        findings = Findings.load(self._findings.dump())
        findings.extend(self._against_newest())
        if self.position >= self.size:
            findings.extend(self._at_the_end())
        counted = Counted(
            self.size,
            self.position,
            self._verified,
            self._erased,
            self._agreement,
            self._tree.root(),
        )
        return Report(
            origin=settings.AUDIT_ORIGIN,
            size=self.size,
            checked=self.position,
            resumed_at=self._resumed_at,
            content=facts.content(counted, findings),
            tree=facts.tree(counted, findings),
            checkpoints=facts.checkpoints(counted, findings),
            witnesses=facts.witnesses(),
            findings=findings.kept,
            counts=dict(findings.counts),
            seconds=seconds,
        )

    def _against_newest(self) -> list[Finding]:
        size, found = self.size, []
        head = head_of(self._outside) if self._outside is not None else None
        if head is not None and head.size > size:
            said = (
                f"A checkpoint over {head.size} leaves was published, but the tree has {size}: its "
                "end was cut off, or this is an older copy of the database."
            )
            last = head.size - 1 if head.size - 1 > size else None
            found.append(Finding("older-copy", said, size, None, last))
        if self._outside is None and self._target.largest_checkpoint is not None:
            said = "Checkpoints were published, but the store outside the database is empty."
            found.append(finding("store-empty", said))
        if head is not None and head.size < (self._in_table or 0) <= size:
            said = (
                f"A checkpoint over {self._in_table} leaves was published, but the newest outside the "
                f"database is of {head.size}: the store was set back."
            )
            found.append(finding("store-behind", said))
        largest, last = self._target.largest_checkpoint, self._target.last_leaf
        if largest is not None and largest > size:
            said = f"The table holds a checkpoint over {largest} leaves, but the tree has {size}."
            found.append(finding("checkpoint-beyond-tree", said, size))
        if last is not None and last >= size:
            said = f"There are leaves up to {last}, but the tree has {size}."
            found.append(finding("leaf-beyond-tree", said, size))
        return found

    def _at_the_end(self) -> list[Finding]:
        found = [*tiles.beyond(self.size), *leftovers.leftovers()]
        found += leftovers.unexplained_erasures(self._erasures)
        found += leftovers.undone_erasures(self._erasures)
        if self._tree.root() != self._target.root:
            said = (
                f"The leaves give the root {self._tree.root().hex()}, but the state of the tree "
                f"says {self._target.root.hex()}."
            )
            found.append(finding("state-differs", said))
        return found

    def dump(self) -> dict[str, Any]:
        """What a resume file holds: trust it as far as whoever could write to it."""
        return {
            "format": FORMAT,
            "origin": settings.AUDIT_ORIGIN,
            "tree": self._tree.dump(),
            "findings": self._findings.dump(),
            "agreement": self._agreement.dump(),
            "verified": self._verified,
            "erased": self._erased,
            "erasures": [str(subject) for subject in sorted(self._erasures)],
        }

    def _load(self, dumped: dict[str, Any]) -> None:
        if dumped.get("format") != FORMAT or dumped.get("origin") != settings.AUDIT_ORIGIN:
            raise CannotResume("The resume file is of another log, or of another version.")
        try:
            self._tree = Accumulator.load(dumped["tree"])
            self._findings = Findings.load(dumped["findings"])
            self._agreement.load(dumped["agreement"])
            self._verified, self._erased = dumped["verified"], dumped["erased"]
            self._erasures = {UUID(subject) for subject in dumped["erasures"]}
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise CannotResume("The resume file is damaged.") from error


def _largest_checkpoint() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(size) FROM audit_checkpoint")
        largest: int | None = cursor.fetchone()[0]
    return largest


def _fix_target() -> Target:
    # One statement, so that all four are of one moment.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT size, root, (SELECT max(size) FROM audit_checkpoint), "
            "(SELECT max(leaf_index) FROM audit_entry_leaf) FROM audit_tree_state WHERE id = 1"
        )
        row = cursor.fetchone()
    return Target(row[0], bytes(row[1]), row[2], row[3])
