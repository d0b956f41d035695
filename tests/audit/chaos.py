"""A log under attack: writers, sequencers that die, cut sessions, a server that crashes.

``Chaos.run`` makes the trouble and lets it settle; ``Chaos.verdict`` counts what was lost, doubled,
moved or contradicted. A sound log gives zeroes; the controls in test_chaos.py must not.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import psycopg
from django.db import Error as DjangoError
from django.db import connection, connections, transaction

from audit import merkle, publisher, sequencer, tree
from audit.checkpoint import Checkpoint
from audit.checkpoints import checkpoint_store
from audit.crashpoint import ALLOW, POINTS, STEP
from audit.log import Draft, append, append_many
from audit.verification import Verification
from runtime.postgres import EmbeddedPostgres

WRITERS = 4
SEQUENCERS = 2
AWAY = (psycopg.Error, DjangoError, OSError)


class RolledBack(Exception):
    """The writer changed its mind."""


@dataclass
class Trouble:
    """What was done to the log."""

    sequencers_killed: int = 0
    died_at_a_point: int = 0
    sessions_cut: int = 0
    server_crashes: int = 0


@dataclass(frozen=True)
class Verdict:
    """All zero for a sound log. ``acknowledged`` and ``published`` say how much was at stake."""

    acknowledged: int
    published: int
    lost: int
    doubled: int
    holes: int
    unplaced: int
    raised: int
    contradicted: int
    moved: int
    wrong_tiles: int
    refused: str
    findings: tuple[str, ...]

    @property
    def sound(self) -> bool:
        faults = (self.lost, self.doubled, self.holes, self.unplaced, self.raised)
        more = (self.contradicted, self.moved, self.wrong_tiles)
        return not any(faults + more) and not self.refused and not self.findings


@dataclass
class Chaos:
    """``server`` may be crashed at will; Django's connection points to a database in it."""

    server: EmbeddedPostgres
    folder: Path
    seed: int
    seconds: float
    crashes: int
    trouble: Trouble = field(default_factory=Trouble)
    seen: list[tuple[int, UUID]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self._random = random.Random(self.seed)
        self._stop_at = time.time() + self.seconds
        self._sequencers: dict[int, bool] = {}

    def run(self) -> None:
        """Make trouble, wait for the writers, let one last sequencer finish."""
        connections.close_all()
        writers = [self._fork(self._write, number) for number in range(WRITERS)]
        next_crash = time.time() + self.seconds / (self.crashes + 1)
        while time.time() < self._stop_at:
            self._keep_sequencers()
            time.sleep(self._random.uniform(0.05, 0.4))
            self._disturb()
            self._look()
            if self.crashes and time.time() > next_crash:
                self._crash()
                next_crash = time.time() + self.seconds / (self.crashes + 1)
        for pid in writers:
            os.waitpid(pid, 0)
        for pid in list(self._sequencers):
            self._end(pid)
        self.server.start()
        self._settle()

    # ---------------------------------------------------------------------------- the processes

    def _fork(self, act: Callable[[int], None], number: int, **environment: str) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            os.environ.update(environment)
            act(number)
        except Exception:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(0)

    def _write(self, number: int) -> None:
        """Transactions of random sizes and lengths; each id is noted once its commit came back."""
        chance = random.Random(self.seed * 100 + number)
        with open(self.folder / f"acknowledged-{number}", "a") as acknowledged:
            while time.time() < self._stop_at:
                try:
                    ids = self._transaction(chance)
                except RolledBack:
                    continue
                except AWAY:
                    connection.close()
                    time.sleep(0.05)
                    continue
                acknowledged.write("".join(f"{id_}\n" for id_ in ids))
                acknowledged.flush()

    def _transaction(self, chance: random.Random) -> list[UUID]:
        count = chance.choice([1, 1, 1, 2, 20, 60])
        drafts = [
            Draft("policy", "", "system:chaos", chance.randbytes(chance.randint(1, 900)))
            for _ in range(count)
        ]
        with transaction.atomic():
            done = [append(draft).id for draft in drafts[:2]]
            if chance.random() < 0.15:
                time.sleep(chance.random() * 0.3)
            if drafts[2:]:
                done += [line.id for line in append_many(drafts[2:])]
            if chance.random() < 0.1:
                with open(self.folder / f"rolled-back-{os.getpid()}", "a") as out:
                    out.write("".join(f"{id_}\n" for id_ in done))
                raise RolledBack
        return done

    def _sequence(self, number: int) -> None:
        logging.disable(logging.CRITICAL)  # what it would say is that the database is away
        sequencer.run(Event())

    def _keep_sequencers(self) -> None:
        for pid in list(self._sequencers):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self.trouble.died_at_a_point += self._sequencers.pop(pid)
        while len(self._sequencers) < SEQUENCERS:
            # Every third dies by itself, at the first pass of a random point of its way.
            fragile = self._random.random() < 0.33
            environment = {STEP: self._random.choice(POINTS), ALLOW: "1"} if fragile else {}
            connections.close_all()
            pid = self._fork(self._sequence, 0, **environment)
            self._sequencers[pid] = fragile

    # ------------------------------------------------------------------------------ the trouble

    def _disturb(self) -> None:
        if self._sequencers and self._random.random() < 0.5:
            self._end(self._random.choice(list(self._sequencers)))
            self.trouble.sequencers_killed += 1
        if self._random.random() < 0.3:
            self._cut_a_session()

    def _end(self, pid: int) -> None:
        self._sequencers.pop(pid)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def _cut_a_session(self) -> None:
        query = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s "
            "AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1"
        )
        try:
            with psycopg.connect(self.server.superuser_dsn(), autocommit=True) as ruler:
                cut = ruler.execute(query, [connection.settings_dict["NAME"]]).fetchall()
                self.trouble.sessions_cut += len(cut)
        except psycopg.Error:
            return  # the server is just coming up: nothing to cut

    def _crash(self) -> None:
        connections.close_all()
        self.server.kill(hard=self._random.random() < 0.5)
        self.trouble.server_crashes += 1
        self.server.start()

    def _look(self) -> None:
        """Note a place an outsider has seen; it must be the same at the end."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT leaf_index, entry_id FROM audit_entry_leaf "
                    "WHERE leaf_index < (SELECT max(size) FROM audit_checkpoint) "
                    "ORDER BY random() LIMIT 20"
                )
                self.seen += cursor.fetchall()
        except AWAY:
            connection.close()

    # ------------------------------------------------------------------------------ the verdict

    def _settle(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                sequencer.catch_up()
            except publisher.Refused:
                return
            except AWAY:
                connection.close()
                time.sleep(0.1)
            else:
                return
        raise AssertionError("The log did not settle within 30 seconds.")

    def verdict(self) -> Verdict:
        """Everything acknowledged or published, against what the database holds now."""
        leaves = _rows("SELECT leaf_index, entry_id, leaf_hash FROM audit_entry_leaf ORDER BY 1")
        ids = [row[1] for row in leaves]
        hashes = [bytes(row[2]) for row in leaves]
        places, known = dict(zip(range(len(ids)), ids, strict=True)), set(ids)
        acknowledged = self._noted("acknowledged")
        state = publisher.state()
        published = [_head(note) for note in checkpoint_store().history()]
        contradicted = [one for one in published if _root_at(hashes, one.size) != one.root]
        entries = {row[0] for row in _rows("SELECT id FROM audit_entry")}
        return Verdict(
            acknowledged=len(acknowledged),
            published=len(published),
            lost=len(set(acknowledged) - known),
            doubled=len(ids) - len(known) + len(acknowledged) - len(set(acknowledged)),
            holes=sum(row[0] != index for index, row in enumerate(leaves)),
            unplaced=len(entries - known),
            raised=len(set(self._noted("rolled-back")) & entries),
            contradicted=len(contradicted),
            moved=sum(places.get(index) != id_ for index, id_ in self.seen),
            wrong_tiles=_wrong_tiles(hashes),
            refused=state.code or ("" if state.status == "published" else state.status),
            findings=tuple(one.code for one in Verification().run(lambda _: True).findings),
        )

    def _noted(self, kind: str) -> list[UUID]:
        lines = [
            line for path in self.folder.glob(f"{kind}-*") for line in path.read_text().splitlines()
        ]
        return [UUID(line) for line in lines]


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _head(note: str) -> Checkpoint:
    return Checkpoint.parse(note.partition("\n\n")[0] + "\n")


def _root_at(hashes: list[bytes], size: int) -> bytes | None:
    return merkle.root(hashes[:size]) if size <= len(hashes) else None


def _wrong_tiles(hashes: list[bytes]) -> int:
    frontier = merkle.Frontier()
    expected = {
        (tile.level, tile.index, tile.hashes, tile.root) for tile in frontier.extend(hashes)
    }
    stored = {
        (level, index, bytes(tile), bytes(root))
        for level, index, tile, root in _rows("SELECT level, index, hashes, root FROM audit_tile")
    }
    state = tree.state()
    wrong_state = (state.size, state.root) != (frontier.size, frontier.root())
    return len(expected ^ stored) + wrong_state
