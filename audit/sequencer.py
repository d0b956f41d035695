"""Gives every committed entry its place in the tree, once and for good, and sees it published.

One transaction a step: places, full tiles and the new state together. Only after its commit is
anything signed. Which entries come next: audit/window.py.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from threading import Event
from typing import Final

import psycopg
from django.conf import settings
from django.db import Error as DjangoError
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from audit import locks, publisher, tree
from audit.checkpoints import StoreFault
from audit.crashpoint import crash_point
from audit.keys import KeyFault
from audit.merkle import Frontier
from audit.tree import TreeFault, TreeState
from audit.window import ZERO, Settled, Window

logger = logging.getLogger(__name__)

LIMIT: Final = 20_000
UNDER_LOAD: Final = 5_000  # about 100 ms of work: checkpoints keep coming while a backlog shrinks
IDLE: Final = 1.0  # looked for without a notification: late commits, and notifications lost
RETRY: Final = 1.0
ASK_AGAIN: Final = 5.0  # a refusal waits for a human


@dataclass(frozen=True, slots=True)
class Step:
    """How many entries got a place, and how large the tree is now."""

    sequenced: int
    size: int


class Sequencer:
    """Extends the tree step by step; keeps the right edge in memory between steps.

    What it keeps is trusted only while it has the size and the root of the state row.
    """

    def __init__(self) -> None:
        self._edge: Frontier | None = None
        self._settled: Settled | None = None

    def step(self, limit: int = LIMIT, *, unless_led: bool = False) -> Step:
        """Give places to at most ``limit`` entries, in one transaction.

        With ``unless_led`` it leaves them to whoever holds the leader's lock, if somebody does.
        Raises TreeFault, and changes nothing, when what is stored contradicts itself. A crash
        before the commit leaves the tree as it was, and the entries to the next step of whichever
        process.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            if unless_led and not locks.lead_this_transaction(cursor):
                return Step(0, tree.state().size)
            _settings_of_the_step(cursor)
            # The fence: whoever else believes to lead waits here, and then reads our new state.
            state = tree.state(lock=True)
            edge, settled = self._take(state)
            from_elsewhere = _system_identifier(cursor) != state.system_identifier
            window = Window(cursor, state, settled, whole=from_elsewhere)
            entries = window.fetch(limit)
            if entries or from_elsewhere:
                tiles = edge.extend([entry.leaf_hash for entry in entries])
                tree.store(state.size, [(entry.id, entry.leaf_hash) for entry in entries], tiles)
                # Not before all restored entries have a place is this cluster's numbering trusted.
                adopt = from_elsewhere and window.complete
                tree.store_state(edge.size, edge.root(), window.next_low(), adopt_cluster=adopt)
            crash_point("before-commit")
        # A crash here leaves places given and nothing signed: the next publisher signs them.
        crash_point("after-commit")
        self._edge, self._settled = edge, window.next_settled()
        return Step(len(entries), edge.size)

    def _take(self, state: TreeState) -> tuple[Frontier, Settled | None]:
        """The edge to extend, out of our hands until the commit.

        A step that is rolled back must not leave a frontier that has grown.
        """
        edge, settled = self._edge, self._settled
        self._edge = self._settled = None
        if edge is not None and edge.size == state.size and edge.root() == state.root:
            return edge, settled
        # We are new, or somebody else led meanwhile: ask the disk.
        return tree.verified_frontier(state), None


_one_shot = Sequencer()


def sequence_once(limit: int = LIMIT) -> Step:
    """One step, unless another process leads (then nothing is sequenced here).

    Raises publisher.Refused when the database is behind, or differs from, what was published: a
    place given now would contradict one that the outside world has seen.
    """
    publisher.check()
    return _one_shot.step(limit, unless_led=True)


def catch_up(limit: int = LIMIT) -> Step:
    """Sequence until nothing is left, then publish: for heartbeats, commands and tests.

    Raises what ``sequence_once`` and ``publisher.publish`` raise.
    """
    total = 0
    while True:
        step = sequence_once(limit)
        total += step.sequenced
        if step.sequenced < limit:
            publisher.publish()
            return Step(total, step.size)


def sweep() -> None:
    """Let the next step look at the whole log again.

    No window passes over an entry whose xid is true. One that was inserted by hand with a false
    xid, or brought in by a tool that copies rows, can lie below it.
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_tree_state SET low_xid = '0', low_id = %s", [ZERO])


# -------------------------------------------------------------------------------------- the loop


def run(stop: Event) -> None:
    """Lead when nobody else does, sequence what arrives and publish it, until told to stop.

    At most ``AUDIT_CHECKPOINT_SECONDS`` lie between two checkpoints under load, and an entry that
    arrives after a pause is published at once. While the database is away it tries again every
    second. After a refusal (publisher.Refused) or a TreeFault it neither signs nor sequences: a
    place given on a rolled back tree would make the loss final. Entries are still accepted, and
    the answer is asked for again every five seconds, so that a repair needs no restart.
    """
    told = _Told()
    while not stop.is_set():
        try:
            with locks.leadership(stop) as leader:
                if leader is not None:
                    _lead(leader, stop, told)
        except (publisher.Refused, TreeFault, KeyFault, StoreFault) as fault:
            if told.is_news(fault):
                logger.critical("The log is not extended and not signed: %s", fault)
            stop.wait(ASK_AGAIN)
        except (psycopg.Error, DjangoError) as error:
            if told.is_news(error):
                logger.warning("The database is away or refuses; trying again: %s", error)
            connection.close()
            stop.wait(RETRY)


def _lead(leader: locks.Leader, stop: Event, told: _Told) -> None:
    publisher.check()
    told.forget()
    logger.info("This process sequences the log.")
    sequencer = Sequencer()
    pace = _Pace(settings.AUDIT_CHECKPOINT_SECONDS)
    while not stop.is_set():
        step = sequencer.step(UNDER_LOAD)
        pace.grown(step.size)
        if pace.due():
            _publish(pace)
        if step.sequenced == UNDER_LOAD:
            continue
        # Nothing came with this step either: what came without a ring shows at the next look.
        if not pace.behind and not step.sequenced:
            leader.wait(IDLE, stop)
        # Entries that arrive within one interval share a step and a checkpoint.
        stop.wait(pace.until_due())


class _Told:
    """Says a fault that lasts once a minute, not once a second."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._kind: type[BaseException] | None = None
        self._until = 0.0

    def is_news(self, fault: BaseException) -> bool:
        now = time.monotonic()
        if type(fault) is self._kind and now < self._until:
            return False
        self._kind, self._until = type(fault), now + 60
        return True


class _Pace:
    """When the next checkpoint is due."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next = 0.0
        self._size = -1
        # Whoever led before may have died between commit and publication.
        self.behind = True

    def grown(self, size: int) -> None:
        self.behind = self.behind or size != self._size
        self._size = size

    def due(self) -> bool:
        return self.behind and self.until_due() == 0

    def until_due(self) -> float:
        return max(0.0, self._next - time.monotonic())

    def published(self) -> None:
        self.behind = False
        self._next = time.monotonic() + self._interval

    def failed(self) -> None:
        self._next = time.monotonic() + max(self._interval, RETRY)


def _publish(pace: _Pace) -> None:
    try:
        publisher.publish()
    except StoreFault as fault:
        # A full disk outside the database stops no entry: places are given meanwhile, and the
        # next checkpoint covers them all.
        logger.error("No checkpoint could be published; trying again: %s", fault)
        pace.failed()
    else:
        pace.published()


# ----------------------------------------------------------------------------------- statements


def _settings_of_the_step(cursor: CursorWrapper) -> None:
    # Durable whatever the server's default: what is signed next must survive a power cut. And the
    # window is always read by its index: the other plans read the whole log.
    cursor.execute(
        "SET LOCAL synchronous_commit = on; SET LOCAL enable_hashjoin = off; "
        "SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off"
    )


def _system_identifier(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT system_identifier FROM pg_control_system()")
    return int(cursor.fetchone()[0])
