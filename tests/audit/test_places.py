import threading

import pytest
from django.db import OperationalError, connection

from audit import places, projections, sequencer
from audit.envelope import EnvelopeError
from audit.places import Halt
from audit.poison import Unfit
from audit.queries import poisoned
from tests.audit.ledger import decide_some, guards_down, rows


@pytest.fixture
def ten(db):
    lines = decide_some(10)
    sequencer.sequence_once()
    return lines


def test_entries_come_in_the_order_of_the_tree_and_the_place_moves(ten):
    seen = []
    assert places.advance("f", 4, seen.extend) == 4
    assert places.advance("f", 100, seen.extend) == 6
    assert places.advance("f", 100, seen.extend) == 0
    assert [entry.leaf_index for entry in seen] == list(range(10))
    assert {entry.id for entry in seen} == {line.id for line in ten}
    assert [entry.header.to_bytes() for entry in seen] == [
        {line.id: line.header for line in ten}[entry.id] for entry in seen
    ]


def test_followers_keep_their_own_places(ten):
    places.advance("slow", 3, lambda entries: None)
    places.advance("quick", 9, lambda entries: None)
    assert places.lag("slow") == 7
    assert places.lag("quick") == 1
    assert places.lag("never seen") == 10
    found = {state.name: (state.next_index, state.lag) for state in places.all_places()}
    assert found == {"slow": (3, 7), "quick": (9, 1)}


def test_a_poison_entry_is_named_and_stepped_over_and_the_others_are_handled(ten):
    handled = []

    def handle(entries):
        for entry in entries:
            if entry.leaf_index == 6:
                raise ValueError("the customer is called Zoe")
        handled.extend(entry.leaf_index for entry in entries)

    assert places.advance("f", 100, handle) == 10
    assert sorted(handled) == [0, 1, 2, 3, 4, 5, 7, 8, 9]
    (found,) = poisoned()
    assert (found.place, found.leaf_index) == ("f", 6)
    assert found.error.startswith("ValueError at test_places.py:")
    assert "Zoe" not in found.error
    assert places.lag("f") == 0


def test_what_a_handler_wrote_for_a_failing_part_is_undone(ten):
    def handle(entries):
        with connection.cursor() as cursor:
            for entry in entries:
                cursor.execute(
                    "INSERT INTO audit_pending_access (actor, purpose, entry_id) VALUES ('a', %s, %s)",
                    [str(entry.leaf_index), entry.id],
                )
                if entry.leaf_index in {2, 3}:
                    cursor.execute("SELECT 1 / 0")

    places.advance("f", 100, handle)
    wrote = rows("SELECT purpose::int FROM audit_pending_access ORDER BY 1")
    assert wrote == [(0,), (1,), (4,), (5,), (6,), (7,), (8,), (9,)]
    assert [entry.leaf_index for entry in poisoned()] == [3, 2]
    assert {entry.error.split(" at ")[0] for entry in poisoned()} == {"DataError 22012"}


def test_a_handler_that_always_fails_halts_before_it_poisons_the_log(db):
    decide_some(places.TOO_MANY + 1)
    sequencer.sequence_once()

    def broken(entries):
        raise TypeError("a bug of ours")

    with pytest.raises(
        Halt, match="fails at every entry, so the fault is not theirs: TypeError at"
    ):
        places.advance("f", 1000, broken)
    assert poisoned() == []
    assert places.lag("f") == places.TOO_MANY + 1


@pytest.mark.parametrize(
    "error", [Unfit("It names no subject."), EnvelopeError("It does not open.")]
)
def test_sentences_of_ours_are_kept(ten, error):
    def handle(entries):
        raise error

    places.advance("f", 1, handle)
    assert poisoned()[0].error == str(error)


@pytest.mark.parametrize(
    "fault", [OperationalError("away"), OSError("disk"), MemoryError(), Halt("not now")]
)
def test_a_fault_of_the_house_is_raised_and_the_place_stays(ten, fault):
    def handle(entries):
        raise fault

    with pytest.raises(type(fault)):
        places.advance("f", 100, handle)
    assert poisoned() == []
    assert places.lag("f") == 10
    assert places.advance("f", 100, lambda entries: None) == 10


def test_a_missing_or_changed_entry_is_poison_and_stops_nobody(fresh_db, cluster):
    lines = decide_some(10)
    sequencer.sequence_once()
    with guards_down(cluster) as superuser:
        superuser.execute("DELETE FROM audit_entry WHERE id = %s", [lines[3].id])
        superuser.execute(
            "UPDATE audit_entry SET header = %s, leaf_hash = sha256(%s) WHERE id = %s",
            [b"{}", b"\0{}", lines[5].id],
        )
    seen = []
    assert places.advance("f", 100, seen.extend) == 10
    assert len(seen) == 8
    assert {entry.entry_id: entry.error for entry in poisoned()} == {
        lines[3].id: "The entry of this leaf is gone from the database.",
        lines[5].id: "The header of this entry is not the one whose hash is in the tree.",
    }


def test_again_hands_over_what_was_passed_and_leaves_the_place(ten):
    def refuse(entries):
        raise Unfit("not yet")

    places.advance("f", 4, refuse)
    assert len(poisoned()) == 4
    seen, undone = [], []
    assert places.again("f", 1, 100, seen.extend, undo=undone.extend) == 3
    assert [entry.leaf_index for entry in seen] == [1, 2, 3]
    assert [(leaf.index, leaf.entry_id) for leaf in undone] == [(e.leaf_index, e.id) for e in seen]
    assert [entry.leaf_index for entry in poisoned()] == [0]
    assert places.again("f", 4, 100, seen.extend, undo=undone.extend) == 0
    assert places.lag("f") == 6


def test_workers_at_once_handle_each_entry_once(fresh_db):
    decide_some(60)
    sequencer.catch_up()
    seen, lock, start = [], threading.Lock(), threading.Barrier(4)

    def note(entries):
        with lock:
            seen.extend(entry.leaf_index for entry in entries)

    def work():
        start.wait()
        try:
            while places.lag("f"):
                places.advance("f", 7, note)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == list(range(60))


def test_a_busy_place_is_left_to_who_has_it(fresh_db):
    decide_some(3)
    sequencer.catch_up()
    inside, leave = threading.Event(), threading.Event()

    def slow(entries):
        inside.set()
        leave.wait(10)

    def work():
        try:
            places.advance("f", 100, slow)
        finally:
            connection.close()

    places.advance("f", 1, lambda entries: None)
    worker = threading.Thread(target=work)
    worker.start()
    assert inside.wait(10)
    assert places.advance("f", 100, lambda entries: None) == 0
    leave.set()
    worker.join()
    assert places.lag("f") == 0


def test_the_projection_is_a_follower_like_any_other(ten):
    assert projections.project(4) == 4
    assert places.lag(projections.NAME) == 6
