import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from audit import merkle, publisher, sequencer, tree
from audit.checkpoint import Checkpoint
from audit.crashpoint import ALLOW, POINTS, STEP
from audit.sequencer import Sequencer, Step
from audit.tree import TreeFault
from tests.audit.lines import in_child, insert, leaves, order, ruler_of, write


@pytest.fixture
def writer(fresh_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(fresh_db) as session:
        yield session


@pytest.fixture
def second_writer(fresh_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(fresh_db) as session:
        yield session


def tiles() -> dict[tuple[int, int], tuple[bytes, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT level, index, hashes, root FROM audit_tile")
        return {(row[0], row[1]): (bytes(row[2]), bytes(row[3])) for row in cursor}


def assert_one_tree() -> None:
    """Leaves without holes, the state's root theirs, every full tile stored and right."""
    found = leaves()
    hashes = [leaf_hash for _, _, leaf_hash in found]
    assert [index for index, _, _ in found] == list(range(len(found)))
    state = tree.state()
    assert (state.size, state.root) == (len(found), merkle.root(hashes))
    expected = merkle.Frontier().extend(hashes)
    assert tiles() == {(tile.level, tile.index): (tile.hashes, tile.root) for tile in expected}


def test_nothing_to_sequence_changes_nothing(fresh_db: str) -> None:
    before = tree.state()
    assert Sequencer().step() == Step(0, 0)
    assert tree.state() == before


def test_entries_get_places_in_the_order_of_their_transactions(
    writer: psycopg.Connection, second_writer: psycopg.Connection
) -> None:
    first = insert(writer, 3)
    second = insert(second_writer, 3)
    first += insert(writer, 2)
    second_writer.commit()
    writer.commit()
    assert Sequencer().step() == Step(8, 8)
    assert order() == first + second
    assert_one_tree()


def test_a_leaf_is_the_hash_of_the_header(fresh_db: str) -> None:
    lines = write(3)
    Sequencer().step()
    assert leaves() == [(n, line.id, merkle.leaf_hash(line.header)) for n, line in enumerate(lines)]


@pytest.mark.parametrize("limit", [1, 7, 255, 256, 257, 1000])
def test_the_tree_is_the_same_however_it_is_cut_into_steps(fresh_db: str, limit: int) -> None:
    lines = write(300)
    sequencer_ = Sequencer()
    sizes = []
    while (step := sequencer_.step(limit)).sequenced:
        sizes.append(step.sequenced)
    assert sum(sizes) == 300
    assert max(sizes) <= limit
    assert order() == [line.id for line in lines]
    assert_one_tree()


def test_sizes_around_the_second_tile_level(fresh_db: str) -> None:
    write(65_535)
    sequencer_ = Sequencer()
    for more in (0, 1, 1, 463):
        if more:
            write(more)
        while sequencer_.step().sequenced:
            pass
        assert tree.verified_frontier(tree.state()).root() == tree.state().root
    assert tree.state().size == 66_000
    assert_one_tree()


def test_a_late_commit_is_found(
    writer: psycopg.Connection, second_writer: psycopg.Connection
) -> None:
    late = insert(writer)
    early = insert(second_writer)
    second_writer.commit()
    sequencer_ = Sequencer()
    assert sequencer_.step() == Step(1, 1)
    assert sequencer_.step() == Step(0, 1)
    writer.commit()
    assert sequencer_.step() == Step(1, 2)
    assert order() == early + late


def test_a_new_leader_finds_a_late_commit_too(
    writer: psycopg.Connection, second_writer: psycopg.Connection
) -> None:
    late = insert(writer)
    insert(second_writer, 4)
    second_writer.commit()
    assert Sequencer().step(2) == Step(2, 2)
    assert Sequencer().step(2) == Step(2, 4)
    writer.commit()
    assert Sequencer().step() == Step(1, 5)
    assert order()[-1:] == late


def test_what_is_rolled_back_gets_no_place(writer: psycopg.Connection) -> None:
    insert(writer, 2)
    writer.rollback()
    kept = insert(writer, 1)
    writer.commit()
    assert Sequencer().step() == Step(1, 1)
    assert order() == kept


def test_an_open_transaction_elsewhere_stalls_nothing_and_costs_nothing_more(
    writer: psycopg.Connection, second_writer: psycopg.Connection
) -> None:
    writer.execute("SELECT pg_current_xact_id()")  # what an index build or an import does
    sequencer_ = Sequencer()
    rows_read = []
    for _ in range(6):
        insert(second_writer, 200)
        second_writer.commit()
        before = _index_entries_read()
        assert sequencer_.step().sequenced == 200
        rows_read.append(_index_entries_read() - before)
    # Without memory of what is settled, each step would read the entries of all before it again.
    assert min(rows_read) >= 200
    assert max(rows_read) <= 250
    assert tree.state().low_xid <= int(
        writer.execute("SELECT pg_current_xact_id()::text").fetchone()[0]
    )


def _index_entries_read() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes "
            "WHERE relname LIKE 'audit_entry_20%' AND indexrelname LIKE '%xid%'"
        )
        return int(cursor.fetchone()[0])


def test_a_backlog_under_an_open_transaction_is_read_once(
    writer: psycopg.Connection, second_writer: psycopg.Connection
) -> None:
    late = insert(writer)
    insert(second_writer, 1000)
    second_writer.commit()
    before = _index_entries_read()
    sequencer_ = Sequencer()
    assert [sequencer_.step(100).sequenced for _ in range(10)] == [100] * 10
    assert 1_000 <= _index_entries_read() - before <= 1_300
    assert sequencer_.step(100).sequenced == 0
    writer.commit()
    assert sequencer_.step(100).sequenced == 1
    assert order()[-1:] == late


def test_another_who_extended_the_tree_is_noticed(fresh_db: str) -> None:
    ours, theirs = Sequencer(), Sequencer()
    write(300)
    ours.step(100)
    theirs.step(100)
    ours.step(50)
    theirs.step()
    assert ours.step() == Step(0, 300)
    assert_one_tree()


def test_two_at_once_wait_for_each_other(fresh_db: str) -> None:
    write(2000)
    errors: list[Exception] = []

    def work() -> None:
        try:
            own = Sequencer()
            while own.step(37).sequenced:
                pass
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert tree.state().size == 2000
    assert_one_tree()


def test_a_changed_leaf_at_the_edge_stops_the_tree(fresh_db: str, cluster: object) -> None:
    write(5)
    Sequencer().step()
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("UPDATE audit_entry_leaf SET leaf_hash = sha256('x') WHERE leaf_index = 2")
    write(1)
    before = tree.state()
    with pytest.raises(TreeFault, match=r"have the root .* but audit_tree_state says"):
        Sequencer().step()
    with pytest.raises(TreeFault, match=r"root .* but audit_tree_state"):
        sequencer.sequence_once()
    assert tree.state() == before
    assert publisher.state().status == "refused"
    assert publisher.state().code == "damaged-tree"


def test_a_lost_leaf_at_the_edge_stops_the_tree(fresh_db: str, cluster: object) -> None:
    write(5)
    Sequencer().step()
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("DELETE FROM audit_entry_leaf WHERE leaf_index = 2")
    write(1)
    with pytest.raises(TreeFault, match="missing"):
        Sequencer().step()


def test_a_changed_header_is_not_signed_over(fresh_db: str, cluster: object) -> None:
    lines = write(3)
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_leaf_is_of_header")
        ruler.execute(
            "UPDATE audit_entry SET header = set_byte(header, 20, 7) WHERE id = %s", [lines[1].id]
        )
    with pytest.raises(TreeFault, match=str(lines[1].id)):
        Sequencer().step()
    assert leaves() == []


def test_after_a_logical_restore_new_and_old_entries_are_found(
    fresh_db: str, cluster: object
) -> None:
    """pg_restore into another server: transaction numbers begin anew, below the window."""
    write(10)
    Sequencer().step()
    old = write(4)  # in the dump, and not sequenced there
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("UPDATE audit_entry SET xid = '999999999999'")
        ruler.execute("UPDATE audit_tree_state SET low_xid = '999999999990', system_identifier = 1")
        ruler.execute("VACUUM audit_entry")  # a restore leaves no old versions of its rows
    new = write(3)
    fresh = Sequencer()
    while fresh.step(2).sequenced:
        pass
    assert sorted(order()[10:]) == sorted(line.id for line in old + new)
    more = write(2)
    before = _index_entries_read()
    assert fresh.step() == Step(2, 19)
    assert order()[-2:] == [line.id for line in more]
    # The restored rows have numbers this server may never reach: they are not read again and again.
    assert Sequencer().step() == Step(0, 19)
    assert _index_entries_read() - before <= 12
    assert_one_tree()


def test_a_sweep_finds_what_lies_below_the_window(writer: psycopg.Connection) -> None:
    write(3)
    sequencer_ = Sequencer()
    sequencer_.step()
    (hidden,) = insert(writer)
    row = writer.execute(
        "SELECT id, recorded_at, header, leaf_hash FROM audit_entry WHERE id = %s", [hidden]
    ).fetchone()
    writer.rollback()
    writer.execute(
        "INSERT INTO audit_entry (id, recorded_at, header, leaf_hash, xid) "
        "VALUES (%s, %s, %s, %s, '1')",
        row,
    )
    writer.commit()
    assert sequencer_.step().sequenced == 0
    sequencer.sweep()
    assert Sequencer().step().sequenced == 1
    assert order()[-1] == hidden


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_point_loses_and_moves_nothing(fresh_db: str, point: str) -> None:
    write(300)
    sequencer.catch_up()
    places = leaves()
    lines = write(30)
    status = in_child(sequencer.catch_up, **{STEP: point, ALLOW: "1"})
    assert status == -9
    assert leaves()[:300] == places
    write(5)
    sequencer.catch_up()
    assert [entry_id for _, entry_id, _ in leaves()][300:330] == [line.id for line in lines]
    assert_one_tree()
    assert publisher.state().status == "published"
    published = [
        Checkpoint.parse(note.partition("\n\n")[0] + "\n")
        for note in publisher.checkpoint_store().history()
    ]
    hashes = [leaf_hash for _, _, leaf_hash in leaves()]
    assert [one.root for one in published] == [merkle.root(hashes[: one.size]) for one in published]
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, root FROM audit_checkpoint ORDER BY size")
        assert [(row[0], bytes(row[1])) for row in cursor] == [
            (one.size, one.root) for one in published
        ]


def test_while_another_leads_a_heartbeat_leaves_the_work_to_it(fresh_db: str) -> None:
    write(3)
    with psycopg.connect(fresh_db, autocommit=True) as leader:
        leader.execute("SELECT pg_advisory_lock(%s)", [sequencer.locks.SEQUENCER])
        assert sequencer.sequence_once() == Step(0, 0)
        leader.execute("SELECT pg_advisory_unlock(%s)", [sequencer.locks.SEQUENCER])
    assert sequencer.sequence_once() == Step(3, 3)


# -------------------------------------------------------------------------------------- the loop


@contextmanager
def running() -> Iterator[threading.Event]:
    stop = threading.Event()

    def act() -> None:
        sequencer.run(stop)
        connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def wait_until_published(size: int, seconds: float = 60.0) -> float:
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        held = publisher.checkpoint_store().latest()
        if held and Checkpoint.parse(held.partition("\n\n")[0] + "\n").size >= size:
            return time.monotonic() - begun
        time.sleep(0.005)
    raise AssertionError(f"{size} leaves were not published within {seconds} s")


def test_the_loop_publishes_what_arrives_and_stops_when_told(fresh_db: str) -> None:
    with running():
        wait_until_published(0)
        time.sleep(0.3)
        waits = []
        for size in range(1, 6):
            write(1)
            waits.append(wait_until_published(size))
            time.sleep(0.15)
    assert sorted(waits)[2] < 1.0
    assert_one_tree()


def test_under_load_checkpoints_keep_their_pace(fresh_db: str) -> None:
    with running():
        for _ in range(40):
            write(100)
            time.sleep(0.01)
        wait_until_published(4000)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM signed_at - lag(signed_at) OVER (ORDER BY size)) "
            "FROM audit_checkpoint"
        )
        gaps = [float(row[0]) for row in cursor if row[0] is not None]
    assert len(gaps) >= 3
    # Never quicker than the interval; the first may be (the empty tree).
    assert min(gaps[1:]) >= settings.AUDIT_CHECKPOINT_SECONDS * 0.9


def test_the_loop_comes_back_when_its_sessions_were_cut(
    fresh_db: str, cluster: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "RETRY", 0.1)
    name = fresh_db.rpartition("/")[2].partition("?")[0]
    with running():
        wait_until_published(0)
        with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as ruler:
            ruler.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
        connection.close()
        write(3)
        wait_until_published(3)


def test_after_a_refusal_nothing_is_placed_until_it_is_mended(
    fresh_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "ASK_AGAIN", 0.1)
    write(5)
    sequencer.catch_up()
    checkpoint = settings.AUDIT_PUBLIC / "checkpoint"
    away = checkpoint.rename(checkpoint.with_name("away"))
    with running():
        write(2)
        time.sleep(0.5)
        assert tree.state().size == 5
        assert publisher.state().code == "lost-store"
        away.rename(checkpoint)
        wait_until_published(7)


def test_a_store_that_cannot_be_written_stops_no_sequencing(
    fresh_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "RETRY", 0.1)
    with running():
        wait_until_published(0)
        history = settings.AUDIT_PUBLIC / "history"
        history.rename(history.with_name("away"))
        history.write_text("in the way")
        write(4)
        deadline = time.monotonic() + 60
        while tree.state().size < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert tree.state().size == 4
        assert publisher.state().status == "pending"
        history.unlink()
        wait_until_published(4)
