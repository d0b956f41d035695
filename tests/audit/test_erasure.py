"""Erasing: the key goes, the rows go, the leaf stays; a writer at the same time is erased too or starts anew."""

import json
import threading
import time
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction

from audit import header, log, projections, queries, sequencer, subjects
from audit.decisions import Recorded, record
from audit.door import NotFound, Unavailable
from audit.envelope import EnvelopeError, open_sealed
from audit.erasure import Erased, erase
from audit.header import HeaderError
from audit.keys import key_store
from audit.outcomes import record as tell
from tests.audit.statements import decision, outcome, raw
from tests.audit.test_decisions import at_once, stored, wait_for_a_waiter
from tests.audit.voices import PlainVoice

VOICE = PlainVoice()
CASE = "consumer-credit"


@pytest.fixture(autouse=True)
def remember_nobody() -> None:
    subjects.forget_all()


def person(done: Recorded) -> UUID:
    pseudonym = header.parse(done.entry.header).subject
    assert pseudonym is not None
    return pseudonym


def decided(**changes: Any) -> Recorded:
    return record(voice=VOICE, raw=raw(decision(**changes)))


def erased(subject: UUID, **changes: Any) -> Erased:
    facts = {
        "use_case": CASE,
        "reason": "Article 17",
        "request_id": "DSR-1",
        "legal_basis": "17(1)(b)",
    }
    return erase(actor="user:officer", subject=subject, **{**facts, **changes})


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def settle() -> None:
    sequencer.sequence_once()
    while projections.project():
        continue


def test_the_key_and_the_rows_go_and_the_leaf_stays(fresh_db: str) -> None:
    done, other = decided(), decided(id="app-2", subject="other")
    tell(voice=VOICE, decision="app-1", raw=raw(outcome()))
    settle()
    key = subjects.key(person(done))
    erased(person(done))
    assert key is not None
    assert subjects.key(person(done)) is None
    assert rows("SELECT ref_index, wrapped_key FROM audit_subject WHERE erased_at IS NOT NULL") == [
        (None, None)
    ]
    assert rows("SELECT decision_id FROM audit_decision") == [("app-2",)]
    assert rows("SELECT count(*) FROM audit_outcome") == [(0,)]
    assert log.find([done.entry.id])[done.entry.id] == done.entry
    assert stored(other.entry.id)
    found = queries.decision(key="app-1", use_cases={CASE})
    assert found is not None
    assert (found.content, found.erased_at is not None) == (None, True)
    settle()
    assert rows("SELECT decision_id FROM audit_decision") == [("app-2",)]


def test_the_entry_says_who_why_and_for_whom_without_naming_them(fresh_db: str) -> None:
    done = decided(subject="cust-zoe")
    result = erased(person(done))
    line = log.find([result.entry_id])[result.entry_id]
    said = header.parse(line.header)
    assert (said.kind, said.actor, said.subject) == ("erasure", "user:officer", person(done))
    assert said.body_alg == "none"
    ((body,),) = rows("SELECT body FROM audit_entry_body WHERE id = %s", result.entry_id)
    assert json.loads(bytes(body)) == {
        "subject": str(person(done)),
        "use_case": CASE,
        "reason": "Article 17",
        "request_id": "DSR-1",
        "legal_basis": "17(1)(b)",
    }
    assert b"zoe" not in bytes(body) + line.header


@pytest.mark.django_db
def test_a_second_erasure_changes_nothing_and_names_the_first() -> None:
    done = decided()
    first = erased(person(done))
    second = erased(person(done), reason="again")
    assert (first.repeated, second.repeated) == (False, True)
    assert (second.entry_id, second.erased_at) == (first.entry_id, first.erased_at)
    assert rows("SELECT count(*) FROM audit_entry") == [(2,)]


@pytest.mark.django_db
def test_only_a_person_of_this_use_case() -> None:
    done = decided()
    for subject, use_case in ((uuid4(), CASE), (person(done), "hiring")):
        with pytest.raises(NotFound):
            erased(subject, use_case=use_case)
    assert subjects.key(person(done)) is not None


@pytest.mark.django_db
def test_a_repeat_of_an_erased_decision_still_has_its_receipt_and_revives_nobody() -> None:
    body = raw(decision())
    first = record(voice=VOICE, raw=body)
    erased(person(first))
    again = record(voice=VOICE, raw=body)
    assert (again.repeated, again.receipt) == (True, first.receipt)
    assert rows("SELECT count(*) FROM audit_subject WHERE erased_at IS NULL") == [(0,)]
    fresh = decided(id="app-2")
    assert person(fresh) != person(first)


@pytest.mark.django_db
def test_an_erasure_whose_line_cannot_be_written_destroys_nothing() -> None:
    done = decided()
    with pytest.raises(HeaderError):
        erase(actor="no\nactor", subject=person(done), use_case=CASE, reason="asked")
    assert stored(done.entry.id)


def test_a_writer_with_a_remembered_key_waits_and_then_starts_anew(fresh_db: str) -> None:
    """The erasure holds the row; a decision of that person, whose key is remembered, comes meanwhile."""
    first = decided()
    key, held = subjects.key(person(first)), threading.Event()
    index = subjects.reference_index(CASE, "cust-1234", key_store())
    assert key is not None

    def slow_erasure() -> None:
        with transaction.atomic():
            erased(person(first))
            subjects.remember(index, key)  # as another process would still remember it
            held.set()
            wait_for_a_waiter()

    def write() -> Recorded:
        held.wait(20)
        return decided(id="app-2")

    _, second = at_once([slow_erasure, write])
    assert person(second) != person(first)
    assert stored(second.entry.id)


def test_a_writer_that_came_first_is_erased_too(fresh_db: str) -> None:
    first = decided()
    wrote = threading.Event()

    def slow_write() -> Recorded:
        with transaction.atomic():
            done = decided(id="app-2")
            wrote.set()
            wait_for_a_waiter()
        return done

    def erase_meanwhile() -> Erased:
        wrote.wait(20)
        return erased(person(first))

    second, result = at_once([slow_write, erase_meanwhile])
    assert person(second) == person(first) == result.subject
    settle()
    assert rows("SELECT count(*) FROM audit_decision") == [(0,)]


def test_under_a_storm_nothing_is_sealed_under_a_destroyed_key(fresh_db: str) -> None:
    """Whatever the order: each line is readable, or is of a person erased after it was written."""
    decided()
    stop = threading.Event()
    erasures: list[Erased] = []

    def erase_again_and_again() -> None:
        for _ in range(12):
            current = subjects.find(CASE, "cust-1234")
            if current:
                erasures.append(erased(current))
            time.sleep(0.01)
        stop.set()

    def write(name: str) -> list[Recorded]:
        done = []
        while not stop.is_set():
            with suppress(Unavailable):  # erased ten times while one decision was written
                done.append(decided(id=f"{name}-{len(done)}"))
        return done

    _, *written = at_once([erase_again_and_again, lambda: write("a"), lambda: write("b")])
    gone = {one.subject: one.erased_at for one in erasures}
    lines = [one for many in written for one in many]
    assert len(gone) >= 3
    assert len(lines) > len(gone)
    order = {entry: int(xid) for entry, xid in rows("SELECT id, xid::text FROM audit_entry")}
    erased_in = {one.subject: order[one.entry_id] for one in erasures}
    for done in lines:
        if person(done) in gone:
            assert subjects.key(person(done)) is None
            assert header.parse(done.entry.header).recorded_at <= header.rfc3339(gone[person(done)])
        else:
            assert stored(done.entry.id)
    assert len(erased_in) == len(gone)


def test_the_old_key_would_have_opened_what_no_key_opens_now(fresh_db: str) -> None:
    """A control: the body is really sealed under that key, and its commitment holds."""
    done = decided()
    key = subjects.key(person(done))
    assert key is not None
    erased(person(done))
    ((body,),) = rows("SELECT body FROM audit_entry_body WHERE id = %s", done.entry.id)
    said = header.parse(done.entry.header)
    commit = bytes.fromhex(said.commit or "")
    assert b"app-1" in open_sealed(key.dek, done.entry.id.bytes, bytes(body), commit)
    with pytest.raises(EnvelopeError):
        open_sealed(bytes(32), done.entry.id.bytes, bytes(body), commit)


def test_an_erasure_waits_for_a_writer_of_a_nameless_subject(fresh_db: str) -> None:
    """Its row has no key column that changes: a plain UPDATE would not wait for KEY SHARE."""
    done = decided(subject=None)
    with psycopg.connect(fresh_db) as writer:
        writer.execute("SELECT FROM audit_subject WHERE id = %s FOR KEY SHARE", [person(done)])
        waited = threading.Event()

        def release() -> None:
            wait_for_a_waiter()
            waited.set()
            writer.commit()

        at_once([lambda: erased(person(done)), release])
        assert waited.is_set()
