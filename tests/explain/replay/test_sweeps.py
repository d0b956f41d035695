"""A sweep replays every decision of a version once, whatever dies on the way, and its report is a line of the log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.conf import settings
from django.db import connection

from audit import erasure, log, sequencer
from audit.door import Conflict, Invalid, NotFound
from audit.header import parse
from audit.queries import payloads
from audit.queries.content import open_bodies
from explain import artefacts, explanations
from explain.models import Sweep
from explain.replay import stepping
from explain.replay.stepping import step_sweep, step_sweeps
from explain.replay.sweeps import SweepView, cancel_sweep, start_sweep, sweep, sweeps
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.explain.conftest import VOICE, Credit

Record = Callable[[dict[str, Any]], UUID]


def start(**window: Any) -> SweepView:
    return start_sweep(actor=VOICE.actor, use_case=USE_CASE, model_ref=MODEL_REF, **window)


def run(one: SweepView, leaves: int = 2000) -> SweepView:
    while step_sweep(one.id, leaves):
        continue
    found = sweep(one.id, MODEL_REF)
    assert found is not None
    return found


def counts(one: SweepView) -> tuple[int, int, int]:
    return one.report["match"], one.report["drift"], one.report["cannot"]


def line_of(one: SweepView) -> dict[str, Any]:
    assert one.log_entry is not None
    header = parse(log.find([one.log_entry])[one.log_entry].header)
    assert (header.kind, header.subject, header.model_ref) == ("explanation", None, MODEL_REF)
    return dict(orjson.loads(open_bodies([header])[header.id].content or b"{}"))


def lines() -> int:
    """Lines about sweeps there are in the log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT header FROM audit_entry")
        headers = [parse(bytes(row[0])) for row in cursor]
    return sum(one.kind == "explanation" and one.ref is None for one in headers)


def test_every_decision_of_the_version_is_replayed(credit: Credit, record: Record) -> None:
    credit.register()
    for at in range(5):
        record(credit.body(at))
    drifted = credit.body(5)
    drifted["output"]["score"] += 0.25
    drifted_id = record(drifted)
    record(credit.body(6, version="9.9.9"))
    odd = credit.body(7)
    del odd["features"]["amount"]
    odd_id = record(odd)
    erased_id = record(credit.body(8))
    erasure.erase(
        actor=VOICE.actor,
        subject=payloads([erased_id])[0].subject_id,
        use_case=USE_CASE,
        reason="asked",
        request_id="r",
        legal_basis="GDPR 17",
    )

    done = run(start())

    assert (done.state, counts(done)) == ("finished", (5, 1, 2))
    assert done.report["causes"] == {"erased": 1, "features_refused": 1}
    assert done.report["first"] == {
        "drift": [str(drifted_id)],
        "erased": [str(erased_id)],
        "features_refused": [str(odd_id)],
    }
    assert done.report["differences"]["largest"] == pytest.approx(0.25)
    (example,) = done.examples
    assert example["entry_id"] == str(drifted_id)
    assert example["difference"] == pytest.approx(-0.25)
    assert "subject" not in example
    said = line_of(done)
    assert said["act"] == "replay_sweep"
    assert said["report"] == done.report
    assert said["artefact_digest"] == artefacts.store(credit.artefact).digest
    # The line names no score of anybody: only entries.
    assert "recorded" not in orjson.dumps(said).decode()


def test_a_silently_changed_model_drifts_in_every_decision(credit: Credit, record: Record) -> None:
    credit.register()
    for at in range(4):
        body = credit.body(at)
        # As a scorer with one month more in its features would have said: train/serve skew.
        body["features"]["duration_months"] += 12
        record(body)
    done = run(start())
    assert done.report["drift"] > 0
    assert done.report["differences"]["compared"] == 4
    assert sum(day["drift"] for day in done.report["days"]) == done.report["drift"]


def test_batches_count_what_one_would(credit: Credit, record: Record) -> None:
    credit.register()
    for at in range(5):
        body = credit.body(at)
        body["output"]["score"] += 0.1 * (at % 2)
        record(body)
    whole, parts = run(start()), run(start(), leaves=2)
    assert whole.id != parts.id
    assert parts.report == whole.report
    assert parts.examples == whole.examples
    assert lines() == 2


def test_killed_in_the_middle_it_goes_on_from_its_place(
    credit: Credit, record: Record, fresh_db: str, tmp_path: Path
) -> None:
    credit.register()
    for at in range(6):
        record(credit.body(at))
    one = start()
    dying = f"""
import os, signal, uuid
import django
django.setup()
from explain.replay import stepping
alive, batches = stepping.replay, []
def replay(profile, payloads):
    verdicts = alive(profile, payloads)
    batches.append(len(payloads))
    if len(batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return verdicts
stepping.replay = replay
while stepping.step_sweep(uuid.UUID("{one.id}"), 2):
    pass
"""
    env = {
        **os.environ,
        "DATABASE_URL": fresh_db,
        "RATIONALE_ARTEFACTS": str(settings.EXPLAIN_ARTEFACTS),
        "DJANGO_SETTINGS_MODULE": "governance.settings",
    }
    died = subprocess.run([sys.executable, "-c", dying], env=env, check=False)
    assert died.returncode == -signal.SIGKILL

    half = sweep(one.id, MODEL_REF)
    assert half is not None
    assert (half.state, half.done) == ("running", 4)
    assert 0 < half.report["decisions"] < 6
    # Its lease keeps the batch from everybody until it runs out.
    assert not step_sweep(one.id)
    Sweep.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=1))

    done = run(one, leaves=2)
    assert (done.state, counts(done)) == ("finished", (6, 0, 0))
    assert lines() == 1


def test_gives_up_on_a_batch_that_keeps_ending_the_worker(credit: Credit, record: Record) -> None:
    credit.register()
    record(credit.body(0))
    one = start()
    for _ in range(stepping.ATTEMPTS):
        assert stepping._claim(one.id)
        Sweep.objects.update(lease_until="2020-01-01T00:00:00Z")
    done = run(one)
    assert done.state == "failed"
    assert done.detail == "Given up after 3 attempts that ended the worker."


def test_cancelled_it_stops_and_logs_nothing(credit: Credit, record: Record) -> None:
    credit.register()
    for at in range(3):
        record(credit.body(at))
    one = start()
    assert step_sweep(one.id, 2)
    cancelled = cancel_sweep(actor=VOICE.actor, sweep_id=one.id, model_ref=MODEL_REF)
    assert cancelled.state == "cancelled"
    assert not step_sweep(one.id)
    assert cancel_sweep(actor="x", sweep_id=one.id, model_ref=MODEL_REF) == cancelled
    assert lines() == 0
    with pytest.raises(NotFound):
        cancel_sweep(actor="x", sweep_id=uuid4(), model_ref=MODEL_REF)


def test_a_window_is_of_the_time_decided(credit: Credit, record: Record) -> None:
    credit.register()
    days = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
    for at, day in enumerate(days):
        record(credit.body(at, decided_at=day.isoformat()))
    done = run(start(since=days[1], until=days[2]))
    assert [day["day"] for day in done.report["days"]] == ["2026-11-02"]
    with pytest.raises(Invalid):
        start(since=days[1], until=days[1])


def test_a_repeat_starts_no_second_one_while_it_runs(credit: Credit, record: Record) -> None:
    credit.register()
    record(credit.body(0))
    one = start()
    assert start().id == one.id
    assert start(since=datetime(2026, 1, 1, tzinfo=UTC)).id != one.id
    assert step_sweeps() == 2
    assert start().id != one.id
    assert [found.state for found in sweeps(MODEL_REF)] == ["running", "finished", "finished"]


def test_a_version_without_a_profile_is_a_conflict(record: Record) -> None:
    with pytest.raises(Conflict):
        start()


def test_an_artefact_that_is_gone_is_the_cause_of_all(credit: Credit, record: Record) -> None:
    credit.register()
    record(credit.body(0))
    artefacts.path_of(artefacts.store(credit.artefact).digest).unlink()
    done = run(start())
    assert (done.state, done.report["causes"]) == ("finished", {"artefact_missing": 1})


def test_an_erased_persons_figures_leave_the_examples(credit: Credit, record: Record) -> None:
    credit.register()
    ids = []
    for at in range(2):
        body = credit.body(at)
        body["output"]["score"] += 0.1
        ids.append(record(body))
    done = run(start())
    assert [one["entry_id"] for one in done.examples] == [str(one) for one in ids]
    erasure.erase(
        actor=VOICE.actor,
        subject=payloads([ids[0]])[0].subject_id,
        use_case=USE_CASE,
        reason="asked",
        request_id="r",
        legal_basis="GDPR 17",
    )
    sequencer.sequence_once()
    while explanations.feed():
        continue
    left = sweep(done.id, MODEL_REF)
    assert left is not None
    assert [one["entry_id"] for one in left.examples] == [str(ids[1])]
    assert counts(left) == counts(done)
