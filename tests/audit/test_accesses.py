import threading
from uuid import uuid4

import orjson
import pytest
from django.db import connection, transaction

from audit import accesses
from audit.header import parse
from audit.queries.content import open_bodies
from tests.audit.ledger import rows


def lines() -> list[dict]:
    headers = [parse(bytes(raw)) for (raw,) in rows("SELECT header FROM audit_entry ORDER BY id")]
    bodies = open_bodies(headers)
    assert {(header.kind, header.use_case, header.body_alg) for header in headers} <= {
        ("access", "", "none")
    }
    said = [orjson.loads(bodies[header.id].content) for header in headers]
    assert [header.actor for header in headers] == [body["actor"] for body in said]
    return said


def test_reads_become_one_line_for_each_actor_and_purpose(db):
    ids = [uuid4() for _ in range(4)]
    accesses.note(actor="user:a", purpose="why:examiner", entries=ids[:2])
    accesses.note(actor="user:b", purpose="why:examiner", entries=ids[2:3])
    accesses.note(actor="user:a", purpose="decision", entries=ids[3:])
    accesses.note(actor="user:a", purpose="why:examiner", entries=ids[:1])
    assert accesses.fold() == 5
    assert accesses.fold() == 0
    found = sorted((b["actor"], b["purpose"], b["entries"]) for b in lines())
    assert found == [
        ("user:a", "decision", [str(ids[3])]),
        ("user:a", "why:examiner", [str(ids[0]), str(ids[1]), str(ids[0])]),
        ("user:b", "why:examiner", [str(ids[2])]),
    ]
    assert rows("SELECT count(*) FROM audit_pending_access") == [(0,)]


def test_the_line_says_from_when_to_when(db):
    accesses.note(actor="user:a", purpose="why", entries=[uuid4(), uuid4()])
    times = rows("SELECT at FROM audit_pending_access ORDER BY at")
    accesses.fold()
    (body,) = lines()
    assert [body["from"], body["to"]] == [at.isoformat().replace("+00:00", "Z") for (at,) in times]
    assert list(body) == ["actor", "purpose", "from", "to", "entries"]


def test_long_lists_are_cut_into_lines_and_short_folds_leave_the_rest(db):
    accesses.note(actor="user:a", purpose="list", entries=[uuid4() for _ in range(1200)])
    assert accesses.fold(1100) == 1100
    assert sorted(len(body["entries"]) for body in lines()) == [100, 500, 500]
    assert accesses.fold(1100) == 100


def test_nothing_read_leaves_no_note(db):
    accesses.note(actor="user:a", purpose="list", entries=[])
    assert accesses.fold() == 0


def test_one_statement_however_many_entries(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        accesses.note(actor="user:a", purpose="list", entries=[uuid4()])
    with django_assert_num_queries(1):
        accesses.note(actor="user:a", purpose="list", entries=[uuid4() for _ in range(200)])


def test_a_fold_that_dies_before_its_commit_loses_no_note(db):
    accesses.note(actor="user:a", purpose="why", entries=[uuid4()])

    def die_before_the_commit():
        with transaction.atomic():
            accesses.fold()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die_before_the_commit()
    assert lines() == []
    assert accesses.fold() == 1
    assert len(lines()) == 1


def test_folds_at_once_take_each_note_once(fresh_db):
    ids = [uuid4() for _ in range(300)]
    for start in range(0, 300, 10):
        accesses.note(actor="user:a", purpose="why", entries=ids[start : start + 10])
    start = threading.Barrier(4)
    taken = []

    def work():
        start.wait()
        try:
            while n := accesses.fold(40):
                taken.append(n)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    accesses.fold()
    found = sorted(entry for body in lines() for entry in body["entries"])
    assert found == sorted(map(str, ids))
    assert sum(taken) == 300
