"""Back-fills: every decision once, wherever the walk is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from audit import projections
from audit.door import NotFound
from explain import backfill, explanations
from explain.models import Backfill, Explanation
from explain.policies import set_policy
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.explain.conftest import VOICE, Credit
from tests.explain.test_explanations import lines_about, settle

Record = Callable[[dict[str, Any]], UUID]


def project() -> None:
    projections.catch_up()


def begin(**bounds: Any) -> backfill.BackfillView:
    return backfill.start(actor=VOICE.actor, use_case=USE_CASE, **bounds)


def walked(**bounds: Any) -> dict[str, int]:
    begun = begin(**bounds)
    while backfill.step(begun.id):
        continue
    ended = backfill.backfill(begun.id)
    assert ended is not None
    assert ended.state == "done"
    return {name: getattr(ended, name) for name in backfill.COUNTS}


def counts(**said: int) -> dict[str, int]:
    return {**dict.fromkeys(backfill.COUNTS, 0), **said}


def test_decisions_before_the_profile_are_explained(credit: Credit, record: Record) -> None:
    ids = [record(credit.body(at)) for at in range(3)]
    settle()
    project()
    assert Explanation.objects.count() == 0
    credit.register()

    assert walked() == counts(total=3, seen=3, asked=3)
    settle()

    assert {one: lines_about(one) for one in ids} == {one: ["explanation"] for one in ids}
    assert walked() == counts(total=3, seen=3, known=3)


def test_what_the_policy_left_out_comes_back_and_says_how(credit: Credit, record: Record) -> None:
    credit.register()
    set_policy(actor=VOICE.actor, use_case=USE_CASE, rule="on_demand")
    entry_id = record(credit.body(0))
    settle()
    project()
    assert walked() == counts(total=1, seen=1, asked=1)
    settle()
    row = Explanation.objects.get(entry_id=entry_id)
    assert (row.state, row.policy, row.asked) == ("ready", "on demand only", "backfill")


def test_bounds_narrow_it(credit: Credit, record: Record) -> None:
    ids = [record(credit.body(at)) for at in range(6)]
    labels = [credit.body(at)["output"]["label"] for at in range(6)]
    project()
    credit.register()
    denied = labels.count("deny")
    future = datetime.now(UTC) + timedelta(days=1)
    assert walked(since=future) == counts()
    assert walked(until=future - timedelta(days=2)) == counts()
    assert walked(adverse_only=True) == counts(
        total=6, seen=6, asked=denied, not_adverse=6 - denied
    )
    assert walked(model_ref=MODEL_REF) == counts(total=6, seen=6, asked=6 - denied, known=denied)
    assert len(ids) == Explanation.objects.count()


def test_versions_without_profile_are_counted_apart(credit: Credit, record: Record) -> None:
    record(credit.body(0))
    project()
    assert walked() == counts(total=1, seen=1, unprofiled=1)


def test_it_goes_on_where_it_was_and_asks_for_nothing_twice(
    credit: Credit, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "PAGE", 2)
    ids = [record(credit.body(at)) for at in range(5)]
    project()
    credit.register()
    begun = begin()
    assert backfill.step() == 2
    assert begin().id == begun.id  # the same command again
    assert [backfill.step(), backfill.step(), backfill.step()] == [2, 1, 0]
    ended = backfill.backfill(begun.id)
    assert ended is not None
    assert (ended.state, ended.seen, ended.asked) == ("done", 5, 5)
    settle()
    assert [lines_about(one) for one in ids] == [["explanation"]] * 5


def test_a_step_that_fails_leaves_everything_as_it_was(
    credit: Credit, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(credit.body(0))
    project()
    credit.register()
    begun = begin()

    def fail(*_: Any) -> None:
        raise RuntimeError("killed before the commit")

    with monkeypatch.context() as broken:
        broken.setattr(backfill, "_note", fail)
        with pytest.raises(RuntimeError):
            backfill.step()
    assert Explanation.objects.count() == 0
    assert backfill.backfill(begun.id) == begun
    assert walked() == counts(total=1, seen=1, asked=1)


def test_it_queues_no_more_while_enough_wait(
    credit: Credit, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "BACKLOG", 2)
    monkeypatch.setattr(backfill, "PAGE", 2)
    for at in range(4):
        record(credit.body(at))
    project()
    credit.register()
    begin()
    assert [backfill.step(), backfill.step()] == [2, 0]
    settle()
    assert backfill.step() == 2


def test_a_cancelled_walk_stays_where_it_was(
    credit: Credit, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "PAGE", 1)
    for at in range(3):
        record(credit.body(at))
    project()
    credit.register()
    begun = begin()
    backfill.step()
    ended = backfill.cancel(begun.id, actor=VOICE.actor)
    assert (ended.state, ended.seen, ended.asked) == ("cancelled", 1, 1)
    assert backfill.step() == 0
    assert backfill.cancel(begun.id, actor=VOICE.actor) == ended
    with pytest.raises(NotFound):
        backfill.cancel(uuid4(), actor=VOICE.actor)


def test_the_command_walks_computes_and_counts(credit: Credit, record: Record) -> None:
    ids = [record(credit.body(at)) for at in range(3)]
    project()
    credit.register()
    said = StringIO()
    call_command("explainbackfill", MODEL_REF, verbosity=0, stdout=said)
    assert said.getvalue() == (
        "Done: 3 decisions seen, 3 asked for, 0 had one already, 0 not adverse, 0 without a profile.\n"
    )
    assert set(Explanation.objects.values_list("entry_id", "state")) == {
        (one, "ready") for one in ids
    }


def test_the_command_leaves_cancels_and_refuses(credit: Credit, record: Record) -> None:
    record(credit.body(0))
    project()
    with pytest.raises(CommandError, match="has no profile"):
        call_command("explainbackfill", MODEL_REF)
    with pytest.raises(CommandError, match="No version in nosuch has a profile"):
        call_command("explainbackfill", "nosuch")
    credit.register()
    said = StringIO()
    call_command("explainbackfill", USE_CASE, "--leave", stdout=said)
    assert "is with the workers" in said.getvalue()
    call_command("explainbackfill", USE_CASE, "--cancel", stdout=said)
    assert "Cancelled: 0 decisions seen" in said.getvalue()
    assert Backfill.objects.get().state == "cancelled"


@pytest.mark.usefixtures("fresh_db")
def test_killed_with_signal_nine_it_still_explains_each_once(
    credit: Credit, record: Record, fresh_db: str
) -> None:
    ids = [record(credit.body(at)) for at in range(12)]
    project()
    credit.register()
    code = (
        "import django, sys; django.setup()\n"
        "from django.conf import settings\n"
        "from explain import backfill\n"
        "backfill.PAGE = 2\n"
        "from django.core.management import call_command\n"
        f"call_command('explainbackfill', {USE_CASE!r}, verbosity=0)\n"
    )
    from django.conf import settings

    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "governance.settings",
        "DATABASE_URL": fresh_db,
        "RATIONALE_ARTEFACTS": str(settings.EXPLAIN_ARTEFACTS),
        "RATIONALE_EXPLAIN_BATCH": "2",
    }
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        if Explanation.objects.filter(state="ready").exists():
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = Backfill.objects.get()
    assert 0 < found.seen <= 12

    Explanation.objects.update(lease_until="2020-01-01T00:00:00Z")  # the dead one's lease runs out
    assert walked()["total"] == 12
    settle()

    assert [lines_about(one) for one in ids] == [["explanation"]] * 12
    assert explanations.follow() == 0
