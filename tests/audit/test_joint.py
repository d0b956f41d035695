"""Callers at the same time share a commit; each gets what it would have got alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from audit import decisions, erasure, gathering, joint, statements, subjects
from audit.decisions import Recorded
from audit.door import Conflict
from tests.audit.company import at_once as all_at_once
from tests.audit.company import somebody_served
from tests.audit.statements import decision, raw
from tests.audit.voices import PlainVoice

VOICE = PlainVoice()


@pytest.fixture(autouse=True)
def nobody_remembered() -> None:
    subjects.forget_all()


@contextmanager
def somebody_writing() -> Iterator[None]:
    """Whoever comes meanwhile must wait, and is written together afterwards."""
    with somebody_served(joint._gathering):
        yield


def at_once(*asked: Callable[[], Any]) -> list[Any]:
    return all_at_once(joint._gathering, *asked)


def recording(**changes: Any) -> Callable[[], Recorded]:
    body = raw(decision(**changes))
    return lambda: decisions.record(voice=VOICE, raw=body)


def rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def commits() -> int:
    return int(rows("SELECT count(DISTINCT xid) FROM audit_entry")[0][0])


def whole() -> list[tuple[Any, ...]]:
    """Every entry with its body, its claim and its subject, counted."""
    return rows(
        "SELECT count(*), count(b.id), count(c.entry_id), count(DISTINCT s.id) FROM audit_entry e"
        " LEFT JOIN audit_entry_body b USING (id) LEFT JOIN audit_claim c ON c.entry_id = e.id"
        " LEFT JOIN audit_subject s"
        " ON s.id::text = convert_from(e.header, 'UTF8')::json->>'subject'"
    )


@pytest.mark.usefixtures("fresh_db")
@pytest.mark.parametrize(
    "subject", [lambda n: f"person-{n}", lambda n: None], ids=["named", "nameless"]
)
def test_new_people_share_one_commit(subject: Callable[[int], str | None]) -> None:
    done = at_once(*(recording(id=f"d-{n}", subject=subject(n)) for n in range(5)))
    assert all(isinstance(one, Recorded) and not one.repeated for one in done)
    assert whole() == [(5, 5, 5, 5)]
    assert commits() == 1


@pytest.mark.usefixtures("fresh_db")
def test_people_known_already_share_one_commit() -> None:
    for n in range(4):
        recording(id=f"first-{n}", subject=f"person-{n}")()
    before = commits()
    done = at_once(*(recording(id=f"d-{n}", subject=f"person-{n}") for n in range(4)))
    assert not [one for one in done if not isinstance(one, Recorded)]
    assert commits() == before + 1
    assert whole() == [(8, 8, 8, 4)]


@pytest.mark.usefixtures("fresh_db")
def test_one_person_in_several_lines_is_one_subject() -> None:
    done = at_once(*(recording(id=f"d-{n}", subject="the same") for n in range(4)))
    assert all(isinstance(one, Recorded) for one in done)
    assert whole() == [(4, 4, 4, 1)]


@pytest.mark.usefixtures("fresh_db")
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("subject", ["cust-1", None])
def test_one_id_is_recorded_once_whoever_comes_with_it(known: bool, subject: str | None) -> None:
    if known:  # of the same person, under another id: the line is then of a living subject
        recording(id="before", subject=subject)()
    body = raw(decision(id="d-1", subject=subject))
    other = raw(decision(id="d-1", subject=subject, output={"label": "approve"}))
    done = at_once(
        *[lambda: decisions.record(voice=VOICE, raw=body)] * 3,
        lambda: decisions.record(voice=VOICE, raw=other),
        recording(id="d-2", subject="somebody else"),
    )
    same = [one for one in done[:3] if isinstance(one, Recorded)]
    if same:
        assert len(same) == 3
        assert len({one.receipt for one in same}) == 1
        assert sum(not one.repeated for one in same) == 1
        assert isinstance(done[3], Conflict)
    else:  # the other body came first
        assert [type(one) for one in done[:3]] == [Conflict] * 3
        assert not done[3].repeated
    assert not done[4].repeated
    entries = 2 + known
    assert whole()[0][:3] == (entries, entries, entries)


@pytest.mark.usefixtures("fresh_db")
def test_an_erased_person_is_somebody_new_and_disturbs_nobody() -> None:
    recording(id="old", subject="gone")()
    subject = subjects.find("consumer-credit", "gone")
    assert subject is not None
    remembered = dict(subjects._remembered)
    with transaction.atomic():
        erasure.erase(
            actor="user:x", use_case="consumer-credit", subject=subject, reason="Article 17"
        )
    subjects._remembered.update(remembered)  # another process still believes the key alive
    done = at_once(
        recording(id="new", subject="gone"),
        *(recording(id=f"d-{n}", subject=f"person-{n}") for n in range(3)),
    )
    assert all(isinstance(one, Recorded) for one in done), done
    assert subjects.find("consumer-credit", "gone") not in {None, subject}


@pytest.mark.usefixtures("fresh_db")
def test_a_statement_that_fails_lets_each_go_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = dict.fromkeys(joint._STATEMENTS, "SELECT 1/0, %(ring)b")
    monkeypatch.setattr(joint, "_STATEMENTS", broken)
    done = at_once(*(recording(id=f"d-{n}", subject=f"person-{n}") for n in range(3)))
    assert all(isinstance(one, Recorded) for one in done)
    assert commits() == 3
    assert not joint._gathering._busy


@pytest.mark.usefixtures("fresh_db")
def test_lines_of_other_kinds_have_a_statement_of_their_own() -> None:
    named = [recording(id=f"n-{n}", subject=f"person-{n}") for n in range(2)]
    nameless = [recording(id=f"a-{n}", subject=None) for n in range(2)]
    done = at_once(named[0], nameless[0], named[1], nameless[1])
    assert all(isinstance(one, Recorded) for one in done)
    assert commits() == 2
    assert whole() == [(4, 4, 4, 4)]


@pytest.mark.usefixtures("fresh_db")
def test_more_than_a_statement_holds_goes_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST", 2)
    done = at_once(*(recording(id=f"d-{n}", subject=f"person-{n}") for n in range(6)))
    assert all(isinstance(one, Recorded) for one in done)
    assert commits() == 3
    monkeypatch.setattr(gathering, "MOST_BYTES", 100)
    done = at_once(*(recording(id=f"e-{n}", subject=f"other-{n}") for n in range(3)))
    assert all(isinstance(one, Recorded) for one in done)
    assert commits() == 6


@pytest.mark.usefixtures("fresh_db")
def test_inside_a_transaction_a_line_goes_with_it() -> None:
    with transaction.atomic():
        recording(id="d-1")()
        transaction.set_rollback(True)
    assert whole() == [(0, 0, 0, 0)]
    with somebody_writing(), transaction.atomic():  # waits for nobody
        recording(id="d-1")()
    assert whole() == [(1, 1, 1, 1)]


@pytest.mark.usefixtures("fresh_db")
def test_the_sequencer_is_rung_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_bell", statements._Bell())
    monkeypatch.setattr(statements._bell, "due", lambda: True)
    with connection.cursor() as cursor:
        cursor.execute("LISTEN audit_appended")
        at_once(*(recording(id=f"d-{n}", subject=f"person-{n}") for n in range(3)))
        heard = list(cursor.connection.notifies(timeout=30, stop_after=1))
    assert len(heard) == 1


def test_what_is_written_together_is_what_is_written_alone() -> None:
    """The columns of both ways are the same: none may be forgotten in one of them."""
    alone = _parameters(statements._STATEMENTS[statements.Subject.NAMED, True])
    together = _parameters(joint._STATEMENTS[statements.Subject.NAMED])
    assert alone == together


def _parameters(statement: str) -> set[str]:
    return {part.split(")")[0] for part in statement.split("%(")[1:]}
