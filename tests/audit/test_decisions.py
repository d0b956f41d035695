"""A decision is recorded once, whole and durably, or not at all, however often and by whomever it is sent."""

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from audit import claims, header, log, merkle, receipts, subjects
from audit.claims import Claim
from audit.decisions import Recorded, record, record_many
from audit.door import Conflict, Forbidden, Invalid, Malformed
from audit.envelope import open_sealed
from audit.keys import key_store
from tests.audit.cut_line import cut_line
from tests.audit.statements import decision, raw
from tests.audit.voices import PlainVoice
from tests.conftest import speaking_to

VOICE = PlainVoice()


@pytest.fixture(autouse=True)
def remember_nobody() -> None:
    subjects.forget_all()


def stored(entry: UUID) -> bytes:
    """The body of an entry, opened as a reader would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM audit_entry_body WHERE id = %s", [entry])
        body = bytes(cursor.fetchone()[0])
    said = header.parse(log.find([entry])[entry].header)
    assert said.subject is not None
    key = subjects.key(said.subject)
    assert key is not None
    return open_sealed(key.dek, entry.bytes, body, bytes.fromhex(said.commit or ""))


def counts() -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM audit_entry), (SELECT count(*) FROM audit_entry_body),"
            " (SELECT count(*) FROM audit_claim), (SELECT count(*) FROM audit_subject)"
        )
        return tuple(cursor.fetchone())


@pytest.mark.django_db
def test_what_was_said_is_kept_byte_for_byte() -> None:
    body = b' {"id" : "app-9",\t' + raw(decision())[len('{"id":"app-1",') :] + b"\n"
    done = record(voice=VOICE, raw=body)
    said = header.parse(done.entry.header)
    assert stored(done.entry.id) == body
    assert (said.kind, said.use_case, said.actor) == ("decision", "consumer-credit", "key:test")
    assert said.model_ref == "credit-risk@1.0.0"
    decided_at = datetime.fromisoformat(json.loads(body)["decided_at"])
    assert said.occurred_at == header.rfc3339(decided_at)


@pytest.mark.django_db
def test_the_header_tells_nothing_about_the_person() -> None:
    said = decision(id="zoe-mueller", subject="cust-zoe", inputs={"name": "Zoe"})
    entry = record(voice=VOICE, raw=raw(said)).entry
    for word in (b"zoe", b"Zoe", b"cust", b"female", b"deny"):
        assert word not in entry.header


@pytest.mark.django_db
@pytest.mark.parametrize("subject", ["cust-1", None])
def test_a_repeat_gives_the_same_receipt(subject: str | None) -> None:
    body = raw(decision(subject=subject))
    first = record(voice=VOICE, raw=body)
    before = counts()
    second = record(voice=VOICE, raw=body)
    assert (first.repeated, second.repeated) == (False, True)
    assert (second.receipt, second.entry) == (first.receipt, first.entry)
    assert counts() == before == (1, 1, 1, 1)


@pytest.mark.django_db
def test_the_same_id_with_another_body_is_a_conflict_with_both_digests() -> None:
    first = raw(decision())
    record(voice=VOICE, raw=first)
    with pytest.raises(Conflict) as caught:
        record(voice=VOICE, raw=first + b" ")
    (error,) = caught.value.errors
    assert (error["pointer"], error["code"]) == ("/id", "other_body")
    assert error["recorded"] != error["submitted"]
    assert len(bytes.fromhex(error["recorded"])) == len(bytes.fromhex(error["submitted"])) == 32
    assert counts() == (1, 1, 1, 1)


@pytest.mark.django_db
def test_ids_are_of_their_use_case() -> None:
    here = record(voice=VOICE, raw=raw(decision()))
    there = record(voice=VOICE, raw=raw(decision(use_case="hiring")))
    assert here.entry.id != there.entry.id
    assert not there.repeated


@pytest.mark.django_db
def test_one_person_has_one_subject_however_they_come() -> None:
    first = record(voice=VOICE, raw=raw(decision(id="a")))  # new
    second = record(voice=VOICE, raw=raw(decision(id="b")))  # remembered
    subjects.forget_all()
    third = record(voice=VOICE, raw=raw(decision(id="c")))  # known, not remembered
    fourth = record_many(voice=VOICE, lines=[raw(decision(id="d"))], on_error="fail").receipts[0]
    pseudonyms = {
        header.parse(line.header).subject
        for line in (first.entry, second.entry, third.entry, fourth.entry)
    }
    assert len(pseudonyms) == 1
    assert counts() == (4, 4, 4, 1)
    assert orjson.loads(stored(third.entry.id))["id"] == "c"


@pytest.mark.django_db
def test_a_repeat_tells_the_violations_of_the_first_time() -> None:
    broken = PlainVoice(violations={"credit-risk@1.0.0": ("version_unknown",)})
    first, sound, many, new = (raw(decision(id=name)) for name in ("first", "sound", "many", "new"))
    record(voice=broken, raw=first)
    record(voice=VOICE, raw=sound)
    record_many(voice=broken, lines=[many], on_error="fail")
    # The version is registered, or retired since: neither changes what was.
    assert record(voice=VOICE, raw=first).violations == ("version_unknown",)
    assert record(voice=broken, raw=sound).violations == ()
    lines = [many, sound, new, first]
    told = record_many(voice=broken, lines=lines, on_error="fail").receipts
    assert [(one.id, one.repeated, one.violations) for one in told] == [
        ("many", True, ("version_unknown",)),
        ("sound", True, ()),
        ("new", False, ("version_unknown",)),
        ("first", True, ("version_unknown",)),
    ]


@pytest.mark.django_db
def test_violations_refuse_nothing_and_are_marked_by_a_line_of_their_own() -> None:
    voice = PlainVoice(violations={"credit-risk@1.0.0": ("version_retired",)})
    body = raw(decision())
    done = record(voice=voice, raw=body)
    again = record(voice=voice, raw=body)
    many = record_many(voice=voice, lines=[body, raw(decision(id="b"))], on_error="fail")
    assert done.violations == again.violations == ("version_retired",)
    assert [line.violations for line in many.receipts] == [("version_retired",)] * 2
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.header, b.body FROM audit_entry e JOIN audit_entry_body b USING (id)"
            " WHERE convert_from(e.header, 'UTF8')::jsonb->>'kind' = 'alert' ORDER BY id"
        )
        marks = [(header.parse(bytes(head)), json.loads(bytes(said))) for head, said in cursor]
    assert [(mark.ref, mark.actor, mark.model_ref, said) for mark, said in marks] == [
        (entry, "system:door", "credit-risk@1.0.0", {"violations": ["version_retired"]})
        for entry in (done.entry.id, many.receipts[1].entry.id)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("voice", "problem", "code"),
    [
        (PlainVoice(where=frozenset({"hiring"})), Forbidden, "forbidden"),
        (PlainVoice(acts=frozenset({"decisions:read"})), Forbidden, "forbidden"),
        (PlainVoice(models=frozenset({"other-model"})), Forbidden, "forbidden"),
        (PlainVoice(where=None, known=frozenset()), Invalid, "unknown"),
    ],
)
def test_who_may_not_speak_leaves_no_trace(voice: PlainVoice, problem: Any, code: str) -> None:
    with pytest.raises(problem) as caught:
        record(voice=voice, raw=raw(decision()))
    assert [(e["pointer"], e["code"]) for e in caught.value.errors] == [("/use_case", code)]
    with pytest.raises(problem) as many:
        record_many(voice=voice, lines=[raw(decision())], on_error="fail")
    assert [(e["line"], e["pointer"]) for e in many.value.errors] == [(1, "/use_case")]
    assert counts() == (0, 0, 0, 0)


# ------------------------------------------------------------------------------------- many


@pytest.mark.django_db
def test_many_are_recorded_as_if_one_by_one() -> None:
    lines = [
        raw(decision(id=f"app-{n}", subject=f"c{n % 3}" if n % 2 else None)) for n in range(20)
    ]
    result = record_many(voice=VOICE, lines=lines, on_error="fail")
    assert (result.lines, result.recorded, result.problems) == (20, 20, [])
    assert [(one.line, one.id) for one in result.receipts] == [
        (n + 1, f"app-{n}") for n in range(20)
    ]
    assert [stored(one.entry.id) for one in result.receipts] == lines
    assert counts() == (20, 20, 20, 13)
    assert result.batch == receipts.batch([one.entry.leaf_hash for one in result.receipts])
    assert result.batch.root == merkle.root([one.entry.leaf_hash for one in result.receipts])


@pytest.mark.django_db
def test_a_repeat_is_found_by_either_door() -> None:
    one, two, three = (raw(decision(id=name)) for name in ("a", "b", "c"))
    single = record(voice=VOICE, raw=one)
    many = record_many(voice=VOICE, lines=[one, two, two, three], on_error="fail")
    again = record_many(voice=VOICE, lines=[one, two, three], on_error="fail")
    assert [line.repeated for line in many.receipts] == [True, False, True, False]
    assert [line.entry for line in again.receipts] == [
        single.entry,
        many.receipts[1].entry,
        many.receipts[3].entry,
    ]
    assert (many.recorded, again.recorded) == (2, 0)
    assert record(voice=VOICE, raw=three).entry == many.receipts[3].entry
    assert counts()[:3] == (3, 3, 3)


@pytest.mark.django_db
def test_one_bad_line_refuses_all_and_every_flaw_has_its_line() -> None:
    lines = [
        raw(decision(id="good")),
        b"",
        b'{"id":',
        raw(decision(id="bad", output={})),
        raw(decision(id="elsewhere", use_case="fraud")),
        raw(decision(id="good", subject="other")),
    ]
    with pytest.raises(Malformed) as caught:
        record_many(voice=VOICE, lines=lines, on_error="fail")
    assert [(e["line"], e["pointer"], e["code"]) for e in caught.value.errors] == [
        (3, "/id", "malformed"),
        (4, "/output", "required"),
        (5, "/use_case", "forbidden"),
    ]
    assert counts() == (0, 0, 0, 0)


@pytest.mark.django_db
def test_a_conflict_refuses_all_or_is_skipped() -> None:
    record(voice=VOICE, raw=raw(decision(id="a")))
    lines = [
        raw(decision(id="b")),
        raw(decision(id="a", subject="x")),
        raw(decision(id="b")) + b" ",
    ]
    with pytest.raises(Conflict) as caught:
        record_many(voice=VOICE, lines=lines, on_error="fail")
    assert [(e["line"], e["code"]) for e in caught.value.errors] == [
        (2, "other_body"),
        (3, "other_body"),
    ]
    assert counts()[0] == 1
    result = record_many(voice=VOICE, lines=lines, on_error="skip")
    assert [line.id for line in result.receipts] == ["b"]
    assert [(e["line"], e["code"]) for e in result.problems] == [
        (2, "other_body"),
        (3, "other_body"),
    ]
    assert counts()[0] == 2


@pytest.mark.django_db
def test_skipping_records_the_good_lines_and_tells_the_bad() -> None:
    lines = [b"nonsense", raw(decision(id="a")), raw(decision(id="b", version="")), b"  "]
    result = record_many(voice=VOICE, lines=lines, on_error="skip")
    assert (result.lines, [(line.line, line.id) for line in result.receipts]) == (3, [(2, "a")])
    assert [(e["line"], e["pointer"], e["code"]) for e in result.problems] == [
        (1, "", "malformed"),
        (3, "/version", "form"),
    ]


@pytest.mark.django_db
def test_if_no_line_is_good_there_is_nothing_to_skip_to() -> None:
    with pytest.raises(Invalid):
        record_many(voice=VOICE, lines=[raw(decision(version=""))], on_error="skip")


@pytest.mark.django_db
@pytest.mark.parametrize("lines", [[], [b""], [b" ", b"\r", b"\t"]])
def test_an_empty_bulk_is_told(lines: list[bytes]) -> None:
    with pytest.raises(Invalid) as caught:
        record_many(voice=VOICE, lines=lines, on_error="skip")
    assert caught.value.code == "empty"


@pytest.mark.django_db
def test_a_carriage_return_belongs_to_the_line_end() -> None:
    body = raw(decision())
    result = record_many(voice=VOICE, lines=[body + b"\r"], on_error="fail")
    assert stored(result.receipts[0].entry.id) == body


# ---------------------------------------------------------------------- at once, and cut short


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run these in threads of their own, each with its own connection, as nearly at once as can be."""
    together = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int) -> None:
        together.wait()
        try:
            results[number] = acts[number]()
        except Exception as error:  # noqa: BLE001  the test looks at it
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_many_equal_posts_at_once_one_is_recorded_and_all_have_its_receipt(
    fresh_db: str,
) -> None:
    for attempt in range(5):
        body = raw(decision(id=f"a{attempt}", subject=f"c{attempt}"))
        done: list[Recorded] = at_once([lambda body=body: record(voice=VOICE, raw=body)] * 6)
        assert [one.repeated for one in done].count(False) == 1
        assert len({one.receipt for one in done}) == 1
    assert counts() == (5, 5, 5, 5)


def test_of_different_bodies_for_one_id_at_once_one_wins(fresh_db: str) -> None:
    bodies = [raw(decision(subject=f"c{n}")) for n in range(6)]
    done = at_once([lambda body=body: record(voice=VOICE, raw=body) for body in bodies])
    assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 5 + ["Recorded"]
    assert counts()[:3] == (1, 1, 1)


def test_new_people_and_ids_at_once_by_both_doors(fresh_db: str) -> None:
    lines = [raw(decision(id=f"a{n}", subject=f"c{n % 7}")) for n in range(60)]
    acts = [
        lambda: record_many(voice=VOICE, lines=lines, on_error="fail"),
        lambda: record_many(voice=VOICE, lines=lines[::-1], on_error="fail"),
        lambda: [record(voice=VOICE, raw=line) for line in lines[20:40]],
    ]
    first, second, singles = at_once(acts)
    entries = {line.id: line.entry for line in first.receipts}
    assert {line.id: line.entry for line in second.receipts} == entries
    assert {one.id: one.entry for one in singles}.items() <= entries.items()
    assert counts() == (60, 60, 60, 7)


def test_an_id_recorded_while_a_bulk_waits_for_it_is_a_repeat_in_the_bulk(fresh_db: str) -> None:
    lines = [raw(decision(id=f"a{n}", subject=None)) for n in range(4)]
    held, go = threading.Event(), threading.Event()

    def slowly() -> Recorded:
        with transaction.atomic():
            done = record(voice=VOICE, raw=lines[2])
            held.set()
            go.wait(20)
        return done

    def many() -> Any:
        held.wait(20)
        return record_many(voice=VOICE, lines=lines, on_error="fail")

    def release() -> None:
        held.wait(20)
        wait_for_a_waiter()
        go.set()

    first, result, _ = at_once([slowly, many, release])
    assert [line.repeated for line in result.receipts] == [False, False, True, False]
    assert result.receipts[2].entry == first.entry
    assert counts()[:3] == (4, 4, 4)


def wait_for_a_waiter() -> None:
    """Return when some session of this database waits for a lock; fail if none does."""
    until = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            # Inside a transaction the activity view would stay as it was first seen.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("Nobody ever waited for a lock.")


@pytest.mark.parametrize("answered", [False, True])
def test_a_post_whose_answer_was_lost_is_settled_by_its_retry(
    fresh_db: str, tmp_path: Path, answered: bool
) -> None:
    """The wire breaks before the statement arrives, or after its commit: the caller cannot know."""
    body = raw(decision())
    with cut_line(fresh_db, tmp_path, b"audit_entry_body", answered=answered) as (url, line):
        with speaking_to(url), pytest.raises(OperationalError):
            record(voice=VOICE, raw=body)
        assert line.cuts == 1
    assert counts()[0] == int(answered)
    done = record(voice=VOICE, raw=body)
    assert done.repeated is answered
    assert counts() == (1, 1, 1, 1)
    assert stored(done.entry.id) == body


@pytest.mark.parametrize("answered", [False, True])
def test_a_bulk_whose_answer_was_lost_is_settled_by_its_retry(
    fresh_db: str, tmp_path: Path, answered: bool
) -> None:
    lines = [raw(decision(id=f"a{n}", subject=None)) for n in range(10)]
    with (
        cut_line(fresh_db, tmp_path, b"COMMIT", answered=answered) as (url, line),
        speaking_to(url),
        pytest.raises(OperationalError),
    ):
        record_many(voice=VOICE, lines=lines, on_error="fail")
    assert line.cuts == 1
    result = record_many(voice=VOICE, lines=lines, on_error="fail")
    assert result.recorded == (0 if answered else 10)
    assert counts() == (10, 10, 10, 10)
    assert [stored(one.entry.id) for one in result.receipts] == lines


def test_a_backend_killed_under_a_bulk_leaves_nothing_of_it(fresh_db: str, cluster: Any) -> None:
    lines = [raw(decision(id=f"a{n}", subject=f"c{n}")) for n in range(200)]
    stop = threading.Event()

    def kill() -> int:
        killed = 0
        with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as admin:
            while not stop.is_set():
                killed += len(
                    admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = %s AND usename = 'rationale_app' AND xact_start IS NOT NULL",
                        [connection.settings_dict["NAME"]],
                    ).fetchall()
                )
                time.sleep(0.015)
        return killed

    def write() -> int:
        interrupted = 0
        try:
            for number in range(0, 200, 10):
                while True:
                    try:
                        record_many(voice=VOICE, lines=lines[number : number + 10], on_error="fail")
                        break
                    except (OperationalError, InterfaceError):
                        interrupted += 1
                        connection.close()
        finally:
            stop.set()
        return interrupted

    killed, interrupted = at_once([kill, write])
    assert interrupted >= 1, f"{killed} kills met no bulk: this test showed nothing"
    assert counts()[:3] == (200, 200, 200)


def test_ids_recorded_by_claims_are_found_by_name(fresh_db: str) -> None:
    done = record(voice=VOICE, raw=raw(decision()))
    key = claims.decision_key("consumer-credit", "app-1")
    claim = claims.of_decision("consumer-credit", "app-1", b"{}", key_store())
    assert claims.find([key])[key].entry_id == done.entry.id
    assert claim == Claim(key, claim.digest)
