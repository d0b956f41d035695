import threading
from datetime import timedelta
from io import StringIO

import orjson
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from audit import accesses, places, projections, sequencer, subjects
from audit.log import Draft, append_many
from audit.queries import DecisionFilter, decision, decisions, poisoned
from tests.audit.ledger import (
    CASE,
    CASES,
    START,
    decide,
    decide_some,
    decision_body,
    destroy_key,
    guards_down,
    report,
    rows,
    settle,
    subject_of,
)
from tests.audit.voices import PlainVoice
from tests.staging import on, stage


def decided() -> list[tuple[str, str]]:
    return rows("SELECT decision_id, label FROM audit_decision ORDER BY leaf_index")


def daily() -> list[tuple]:
    return rows("SELECT use_case, day, label, decisions FROM audit_daily ORDER BY 1, 2, 3")


def test_a_decision_becomes_a_row_of_plain_columns(db):
    (line,) = decide([decision_body(4, output={"label": "deny", "score": 0.61, "threshold": 0.55})])
    settle()
    header = orjson.loads(line.header)
    assert rows("SELECT * FROM audit_decision") == [
        (
            line.id,
            0,
            "app-4",
            CASE,
            "credit-risk@1.0.0",
            subject_of(line),
            "cust-4",
            START + timedelta(minutes=4),
            places.datetime.fromisoformat(header["recorded_at"]),
            "deny",
            0.61,
            0.55,
            "decisive",
            "trace-4",
            [],
        )
    ]
    assert daily() == [(CASE, START.date(), "deny", 1)]


def test_what_a_decision_leaves_out_is_empty(db):
    decide([decision_body(1, subject=None, trace_id=None, output={"score": 0.5})])
    decide([decision_body(2, output={"label": "ok"}, role_of_ai="advisory")])
    settle()
    assert rows(
        "SELECT subject_ref, trace_id, label, score, threshold, role_of_ai FROM audit_decision "
        "ORDER BY leaf_index"
    ) == [
        ("", "", "", 0.5, None, "decisive"),
        ("cust-2", "trace-2", "ok", None, None, "advisory"),
    ]


def test_outcomes_mentions_and_accesses_are_told_of_their_decisions(db):
    first, second = decide_some(2)
    outcome = report(first, value=0.25)
    accesses.note(actor="user:1", purpose="why:examiner", entries=[first.id, second.id])
    accesses.fold()
    settle()
    assert rows("SELECT decision_entry, outcome_id, label, value, source FROM audit_outcome") == [
        (first.id, "out-1", "repaid", 0.25, "ledger")
    ]
    assert rows("SELECT about, kind, actor FROM audit_mention ORDER BY leaf_index, about") == [
        (first.id, "outcome", "key:test"),
        (first.id, "access", "user:1"),
        (second.id, "access", "user:1"),
    ]
    assert rows("SELECT entry_id FROM audit_mention WHERE kind = 'outcome'") == [(outcome.id,)]


def test_projecting_twice_changes_nothing(db):
    decide_some(5)
    settle()
    before = projections.fingerprint()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_place SET next_index = 0")
    settle()
    assert projections.fingerprint() == before
    assert daily() == [(CASE, START.date(), "approve", 4), (CASE, START.date(), "deny", 1)]


def test_days_are_counted_in_utc(db):
    midnight = START.replace(hour=0)
    decide(
        [
            decision_body(1, decided_at=(midnight - timedelta(seconds=1)).isoformat()),
            decision_body(2, decided_at=midnight.isoformat()),
            decision_body(
                4,
                decided_at=midnight.astimezone(
                    places.datetime.now().astimezone().tzinfo
                ).isoformat(),
            ),
        ]
    )
    settle()
    assert [(day, count) for _, day, _, count in daily()] == [
        (midnight.date() - timedelta(days=1), 1),
        (midnight.date(), 2),
    ]


def test_an_erased_persons_entries_make_no_rows_and_stay_mentioned(db):
    kept, gone = decide_some(2)
    report(gone)
    destroy_key(subject_of(gone))
    settle()
    assert decided() == [("app-1", "approve")]
    assert rows("SELECT count(*) FROM audit_outcome") == [(0,)]
    assert daily() == [(CASE, START.date(), "approve", 1)]
    assert rows("SELECT about, kind FROM audit_mention ORDER BY leaf_index") == [
        (gone.id, "outcome"),
        (subject_of(gone), "erasure"),
    ]
    assert poisoned() == []
    assert subject_of(kept) != subject_of(gone)


def test_the_erasure_entry_takes_away_what_was_projected_before(db):
    _, gone = decide_some(2)
    report(gone)
    settle()
    assert len(decided()) == 2
    destroy_key(subject_of(gone))
    settle()
    assert decided() == [("app-1", "approve")]
    assert rows("SELECT count(*) FROM audit_outcome") == [(0,)]
    assert daily() == [(CASE, START.date(), "approve", 1)]


def test_purging_takes_the_rows_at_once(db):
    _, gone = decide_some(2)
    settle()
    projections.purge(subject=subject_of(gone))
    assert decided() == [("app-1", "approve")]
    assert daily() == [(CASE, START.date(), "approve", 1)]


def test_purging_waits_for_the_batch_that_read_the_key_alive(fresh_db, monkeypatch):
    (line,) = decide_some(1)
    sequencer.catch_up()
    read, go_on = threading.Event(), threading.Event()

    def project():
        def slowly(entries):
            made = projections.read(entries)
            read.set()
            go_on.wait(10)
            projections.tables.write(made)

        try:
            places.advance(projections.NAME, 10, slowly)
        finally:
            connection.close()

    def erase():
        try:
            with transaction.atomic():
                destroy_key(subject_of(line))
                projections.purge(subject=subject_of(line))
        finally:
            connection.close()

    projector = threading.Thread(target=project)
    projector.start()
    assert read.wait(10)
    eraser = threading.Thread(target=erase)
    eraser.start()
    eraser.join(0.3)
    assert eraser.is_alive()
    go_on.set()
    projector.join()
    eraser.join()
    assert decided() == []
    assert daily() == []


RETIRED = PlainVoice(
    where=None, known=CASES, violations={"credit-risk@1.0.0": ("version_retired", "version_odd")}
)


def marked() -> list[tuple[str, list[str]]]:
    return rows("SELECT decision_id, violations FROM audit_decision ORDER BY leaf_index")


def test_what_the_door_marked_is_told_of_the_decision(db):
    decide([decision_body(1)])
    decide([decision_body(2), decision_body(3)], RETIRED)
    settle()
    broken = ["version_odd", "version_retired"]
    assert marked() == [("app-1", []), ("app-2", broken), ("app-3", broken)]
    assert [row.violations for row in decisions(DecisionFilter(use_cases=CASES)).results] == [
        tuple(broken),
        tuple(broken),
        (),
    ]
    assert poisoned() == []


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_mark_reaches_its_decision_across_batches_and_again(db, monkeypatch, size):
    decide([decision_body(1), decision_body(2)], RETIRED)
    sequencer.Sequencer().step()
    while projections.project(size):
        pass
    before = projections.fingerprint()
    assert all(found for _, found in marked())
    monkeypatch.setattr(projections, "BATCH", size)
    projections.rebuild(lambda done, total: None)
    assert projections.fingerprint() == before


def test_a_mark_outlives_the_erasure_of_the_person(db):
    (line,) = decide([decision_body(1)], RETIRED)
    settle()
    destroy_key(subject_of(line))
    settle()
    assert decided() == []
    record = decision(key=str(line.id), use_cases=CASES)
    assert record.violations == ("version_odd", "version_retired")
    before = projections.fingerprint()
    projections.rebuild(lambda done, total: None)
    assert projections.fingerprint() == before
    assert poisoned() == []


def test_alerts_of_others_mark_nothing_and_a_senseless_mark_is_poison(db):
    (line,) = decide_some(1)
    said = orjson.dumps({"violations": ["version_retired"]})
    with transaction.atomic():
        append_many(
            [
                Draft("alert", CASE, "system:fairness", said, ref=line.id),
                Draft("alert", CASE, "system:fairness", b'{"figure": 3}', ref=line.id),
                Draft("alert", CASE, "system:door", said),
                Draft("alert", CASE, "system:door", b"{}", ref=line.id),
            ]
        )
    settle()
    assert marked() == [("app-1", [])]
    errors = [entry.error for entry in sorted(poisoned(), key=lambda entry: entry.leaf_index)]
    assert errors[0] == "A mark of the door that names no decision."
    assert errors[1].startswith("ValidationError at readings.py:")
    assert len(errors) == 2


def spoil(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


SPOILS = [
    "DELETE FROM audit_decision WHERE decision_id = 'app-2'",
    "UPDATE audit_decision SET label = 'forged' WHERE decision_id = 'app-3'",
    "UPDATE audit_decision SET entry_id = gen_random_uuid() WHERE decision_id = 'app-4'",
    "INSERT INTO audit_decision SELECT gen_random_uuid(), 9999, 'ghost', use_case, model_ref, "
    "subject_id, 'x', decided_at, recorded_at, 'ok', 1, 1, role_of_ai, '', '{}' "
    "FROM audit_decision WHERE decision_id = 'app-1'",
    "UPDATE audit_decision SET violations = '{forged}' WHERE decision_id = 'app-1'",
    "UPDATE audit_decision SET violations = '{}'",
    "DELETE FROM audit_violation",
    "UPDATE audit_violation SET violation = 'forged' WHERE violation = 'version_odd'",
    "UPDATE audit_violation SET decision_entry = gen_random_uuid()",
    "UPDATE audit_violation SET leaf_index = leaf_index + 500",
    "INSERT INTO audit_violation SELECT 3, 'forged', gen_random_uuid(), entry_id FROM audit_decision "
    "WHERE decision_id = 'app-3'",
    "DELETE FROM audit_outcome",
    "UPDATE audit_outcome SET label = 'forged'",
    "DELETE FROM audit_mention",
    "UPDATE audit_mention SET about = gen_random_uuid()",
    "INSERT INTO audit_mention SELECT leaf_index, gen_random_uuid(), entry_id, 'access', 'x', now() "
    "FROM audit_mention LIMIT 1",
    "UPDATE audit_daily SET decisions = decisions + 5",
    "DELETE FROM audit_daily",
    "INSERT INTO audit_daily VALUES ('no such case', now(), 'x', 3)",
    "DELETE FROM audit_line WHERE kind = 'decision'",
    "UPDATE audit_line SET kind = 'forged' WHERE leaf_index = 3",
    "UPDATE audit_line SET leaf_index = leaf_index + 700",
    "INSERT INTO audit_line VALUES ('no such case', 'forged', 2), ('', 'forged', 9000)",
]


def decide_and_settle():
    lines = decide_some(8)
    report(lines[0])
    report(lines[1], 2)
    destroy_key(subject_of(lines[5]))
    decide([decision_body(9), decision_body(10)], RETIRED)
    settle()


@pytest.fixture(scope="module")
def staged_log(cluster, template, django_db_blocker):
    with stage(cluster, template, django_db_blocker, decide_and_settle) as staged:
        yield staged


@pytest.fixture
def settled(db, staged_log):
    with on(staged_log):
        yield


@pytest.mark.parametrize("spoiled", SPOILS)
def test_a_rebuild_restores_any_spoiled_row(settled, spoiled):
    before = projections.fingerprint()
    spoil([spoiled])
    assert projections.fingerprint() != before
    projections.rebuild(lambda done, total: None)
    assert projections.fingerprint() == before


@limits(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spoiled=st.lists(st.sampled_from(SPOILS), max_size=6, unique=True),
    size=st.sampled_from([1, 3, 1000]),
)
def test_a_rebuild_restores_any_mixture_in_any_batches(settled, monkeypatch, spoiled, size):
    monkeypatch.setattr(projections, "BATCH", size)
    before = projections.fingerprint()
    spoil(spoiled)
    seen = []
    projections.rebuild(lambda done, total: seen.append((done, total)))
    assert projections.fingerprint() == before
    assert seen[-1] == (15, 15)


def test_a_rebuild_does_not_pass_the_place(settled):
    decide_some(3, first=50)
    sequencer.Sequencer().step()
    before = projections.fingerprint()
    projections.rebuild(lambda done, total: None)
    assert projections.fingerprint() == before
    assert projections.project() == 3


def test_a_poisoned_entry_is_tried_again_by_a_rebuild(fresh_db, cluster):
    lines = decide_some(3)
    sequencer.catch_up()
    (body,) = rows("SELECT body FROM audit_entry_body WHERE id = %s", lines[1].id)[0]
    with guards_down(cluster) as superuser:
        change = "UPDATE audit_entry_body SET body = %s, sha256 = sha256(%s) WHERE id = %s"
        superuser.execute(change, [b"broken", b"broken", lines[1].id])
        settle()
        assert [name for name, _ in decided()] == ["app-1", "app-3"]
        (found,) = poisoned()
        assert found.entry_id == lines[1].id
        assert found.error == "These bytes are not a sealed body of a known format."
        superuser.execute(change, [bytes(body), bytes(body), lines[1].id])
    said = StringIO()
    call_command("rebuildprojections", stdout=said, verbosity=0)
    assert said.getvalue() == "The content differs from what was there.\n"
    assert [name for name, _ in decided()] == ["app-1", "app-2", "app-3"]
    assert poisoned() == []
    said = StringIO()
    call_command("rebuildprojections", stdout=said, verbosity=0)
    assert said.getvalue() == "The content is what it was.\n"


def test_entries_that_make_no_sense_are_poison_with_a_reason(db):
    with transaction.atomic():
        (key,) = subjects.for_references(CASE, ["cust-1"])
        append_many(
            [
                Draft("decision", CASE, "key:test", b'{"id": 5}', subject=key),
                Draft("outcome", CASE, "key:test", b'{"id": "x"}', subject=key),
                Draft("decision", CASE, "key:test", b'{"id": "x", "output": {}}'),
                Draft("erasure", CASE, "user:1", b"{}"),
            ]
        )
    decide_some(1)
    settle()
    assert len(decided()) == 1
    errors = {entry.leaf_index: entry.error for entry in poisoned()}
    assert errors.pop(0).startswith("ValidationError at readings.py:")
    assert errors == {
        1: "An outcome that names no decision.",
        2: "The decision names no subject.",
        3: "The erasure names no subject.",
    }


def test_readers_never_see_an_empty_list_while_it_is_rebuilt(fresh_db, monkeypatch):
    decide_some(40)
    sequencer.catch_up()
    settle()
    monkeypatch.setattr(projections, "BATCH", 5)
    counts, stop = [], threading.Event()

    def read():
        try:
            while not stop.is_set():
                counts.append(rows("SELECT count(*) FROM audit_decision")[0][0])
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(3):
        projections.rebuild(lambda done, total: None)
    stop.set()
    reader.join()
    assert set(counts) == {40}
    assert len(counts) > 3


def test_catching_up_goes_on_until_nothing_is_left(db, monkeypatch):
    decide_some(7)
    sequencer.Sequencer().step()
    monkeypatch.setattr(projections, "BATCH", 2)
    assert projections.catch_up(0) == 0
    assert projections.catch_up() == 7
    assert projections.catch_up() == 0
