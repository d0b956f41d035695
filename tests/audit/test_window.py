"""Any interleaving of writers, steps and changes of leader keeps every committed entry, once."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audit import tree
from audit.sequencer import Sequencer, catch_up
from audit.window import ZERO, Snapshot, Window
from tests.audit.lines import insert, order

WRITERS = 3


@pytest.fixture
def writers(fresh_db: str) -> Iterator[list[psycopg.Connection]]:
    sessions = [psycopg.connect(fresh_db) for _ in range(WRITERS)]
    yield sessions
    for session in sessions:
        session.close()


which = st.integers(0, WRITERS - 1)
acts = st.one_of(
    st.tuples(st.just("insert"), which, st.integers(1, 4)),
    st.tuples(st.just("insert_in_savepoint"), which, st.integers(1, 2)),
    st.tuples(st.sampled_from(["commit", "commit", "rollback"]), which),
    st.tuples(st.just("step"), st.integers(1, 6)),
    st.tuples(st.just("change_leader")),
)


class Interleaving:
    """Writers whose transactions the test begins and ends, and one who sequences."""

    def __init__(self, writers: list[psycopg.Connection]) -> None:
        self.writers = writers
        for session in writers:  # an example that failed must not fail the next one
            session.rollback()
        catch_up()
        self.sequencer = Sequencer()
        self.seen = order()
        self.committed = set(self.seen)
        self.open: list[list[UUID]] = [[] for _ in writers]

    def insert(self, which: int, count: int) -> None:
        self.open[which] += insert(self.writers[which], count)

    def insert_in_savepoint(self, which: int, count: int) -> None:
        # A subtransaction has a number of its own; the entry bears the outer one.
        self.writers[which].execute("SELECT 1")  # a transaction is open around the savepoint
        with self.writers[which].transaction():
            self.insert(which, count)

    def commit(self, which: int) -> None:
        self.writers[which].commit()
        self.committed.update(self.open[which])
        self.open[which] = []

    def rollback(self, which: int) -> None:
        self.writers[which].rollback()
        self.open[which] = []

    def change_leader(self) -> None:
        self.sequencer = Sequencer()

    def step(self, limit: int) -> None:
        done = self.sequencer.step(limit).sequenced
        now = order()
        assert now[: len(self.seen)] == self.seen  # no place ever moves
        assert set(now) <= self.committed
        if done < limit:
            assert set(now) == self.committed  # a step that ran dry has left nobody behind
        self.seen = now


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(script=st.lists(acts, max_size=30))
@example(  # a transaction still open beyond the last row of an incomplete step, committed later
    script=[
        ("insert", 0, 4),
        ("insert", 1, 2),
        ("commit", 0),
        ("step", 2),
        ("commit", 1),
        ("step", 6),
    ]
)
@example(  # an incomplete step beyond a transaction that is still open, then another leader
    script=[
        ("insert", 0, 1),
        ("insert", 1, 4),
        ("commit", 1),
        ("step", 2),
        ("commit", 0),
        ("change_leader",),
        ("step", 6),
    ]
)
def test_any_interleaving_keeps_every_committed_entry_once(
    writers: list[psycopg.Connection], script: list[tuple[Any, ...]]
) -> None:
    run = Interleaving(writers)
    for act, *values in script:
        getattr(run, act)(*values)
    for number in range(WRITERS):
        run.rollback(number)
    while run.sequencer.step(5).sequenced:
        pass
    assert sorted(order()) == sorted(run.committed)


def test_a_snapshot_counts_our_own_transaction_as_running(fresh_db: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        snapshot = Snapshot.take(cursor)
        assert snapshot.own in snapshot.running
        assert snapshot.xmin <= snapshot.own


def test_the_window_never_begins_earlier_than_before(fresh_db: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_tree_state SET low_xid = '99999999999'")
        window = Window(cursor, tree.state(lock=True), None, whole=False)
        assert window.fetch(10) == []
        assert window.next_low() == (99_999_999_999, ZERO)
