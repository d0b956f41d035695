"""Pseudonyms and data keys: one per person and use case, never used once they are erased."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from audit import subjects
from audit.keys import key_store
from audit.subjects import Erased

CASE = "consumer-credit"


def make(*refs: str | None, use_case: str = CASE) -> list[subjects.SubjectKey]:
    with transaction.atomic():
        return subjects.for_references(use_case, refs)


def destroy(subject: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_subject SET wrapped_key = NULL, ref_index = NULL, erased_at = now()"
            " WHERE id = %s",
            [subject],
        )


def stored() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, use_case, ref_index, wrapped_key, kek_id FROM audit_subject")
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_the_same_reference_gives_the_same_subject_in_order() -> None:
    first = make("a", "b", "a")
    again = make("b", "a", "c")
    assert first[0] == first[2] == again[1]
    assert first[1] == again[0]
    assert len({key.id for key in [*first, *again]}) == 3


@pytest.mark.django_db
def test_a_person_has_another_pseudonym_and_key_in_another_use_case() -> None:
    here, there = make("a")[0], make("a", use_case="hiring")[0]
    assert here.id != there.id
    assert here.dek != there.dek


@pytest.mark.django_db
def test_whom_nobody_named_is_somebody_new_each_time() -> None:
    keys = make(None, None, "a", None)
    assert len({key.id for key in keys}) == len({key.dek for key in keys}) == 4


@pytest.mark.django_db
def test_no_reference_and_no_key_lie_in_the_database() -> None:
    key = make("Zoë Müller")[0]
    row = next(row for row in stored() if row[0] == key.id)
    assert row[1] == CASE
    assert bytes(row[2]) == subjects.reference_index(CASE, "Zoë Müller", key_store())
    assert key.dek not in bytes(row[3])
    assert key_store().unwrap(row[4], bytes(row[3])) == key.dek


@pytest.mark.django_db
def test_keys_are_found_for_reading_until_they_are_destroyed() -> None:
    alive, dead = make("alive", "dead")
    destroy(dead.id)
    assert subjects.keys([alive.id, dead.id, uuid.uuid4()]) == {alive.id: alive}
    assert subjects.key(alive.id) == alive
    assert subjects.key(dead.id) is None
    assert subjects.find(CASE, "alive") == alive.id
    assert subjects.find(CASE, "dead") is None
    assert subjects.keys([]) == {}
    assert subjects.held([alive.id, dead.id, uuid.uuid4(), alive.id]) == {alive.id: alive}
    assert subjects.held([]) == {}


@pytest.mark.django_db
def test_after_erasure_the_reference_gets_a_new_subject() -> None:
    before = make("a")[0]
    destroy(before.id)
    assert make("a")[0].id != before.id


@pytest.mark.django_db
def test_an_erased_subject_cannot_be_held() -> None:
    alive, dead = make("alive", "dead")
    destroy(dead.id)
    subjects.hold([alive.id])
    with pytest.raises(Erased):
        subjects.hold([alive.id, dead.id])


@pytest.mark.django_db
def test_a_remembered_key_is_let_go_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    key = make("a")[0]
    subjects.remember(b"index", key)
    assert subjects.remembered(b"index") == key
    now = subjects.time.monotonic()
    monkeypatch.setattr(subjects.time, "monotonic", lambda: now + 31)
    assert subjects.remembered(b"index") is None


@pytest.mark.django_db
def test_the_memory_of_keys_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "_REMEMBER_MOST", 3)
    key = make("a")[0]
    subjects.forget_all()
    for number in range(10):
        subjects.remember(bytes([number]), key)
    assert len(subjects._remembered) <= 3
    subjects.forget_all()


def test_two_writers_of_the_same_new_people_agree(fresh_db: str) -> None:
    """The second waits for the first, finds its rows, and uses them; nobody is made twice."""
    names = [f"p{number}" for number in range(50)]
    results: dict[int, list[subjects.SubjectKey]] = {}
    together = threading.Barrier(4)

    def write(number: int) -> None:
        together.wait()
        results[number] = make(*(names if number % 2 else reversed(names)))
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results[1] == results[3] == list(reversed(results[0])) == list(reversed(results[2]))
    assert len(stored()) == 50


@pytest.mark.parametrize("hold", [subjects.hold, subjects.held])
def test_holding_keeps_an_erasure_waiting(fresh_db: str, hold: Callable[..., Any]) -> None:
    nameless = make(None)[0]
    with transaction.atomic(), psycopg.connect(fresh_db, autocommit=True) as eraser:
        hold([nameless.id])
        eraser.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            eraser.execute("SELECT FROM audit_subject WHERE id = %s FOR UPDATE", [nameless.id])


def test_outside_a_transaction_nobody_is_held(fresh_db: str) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        subjects.for_references(CASE, ["a"])
