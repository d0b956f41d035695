from uuid import uuid4

import pytest
from celery import current_app
from django.conf import settings

from audit import accesses, partitions, places, projections, queries, tasks
from tests.audit.ledger import CASES, decide_some, rows


def test_the_heartbeats_bring_an_entry_into_tree_and_lists(fresh_db):
    decide_some(3)
    accesses.note(actor="user:a", purpose="why", entries=[uuid4()])
    tasks.fold_accesses()
    tasks.sequence()
    tasks.project()
    state = queries.log_state()
    assert (state.size, state.checkpoint_size, state.unsequenced, state.pending_accesses) == (
        4,
        4,
        0,
        0,
    )
    assert places.lag(projections.NAME) == 0
    assert len(queries.decisions(queries.DecisionFilter(use_cases=CASES)).results) == 3


def test_each_may_run_twice(fresh_db):
    decide_some(2)
    for _ in range(2):
        for task in (tasks.fold_accesses, tasks.sequence, tasks.project, tasks.make_partitions):
            task()
    assert rows("SELECT count(*) FROM audit_decision") == [(2,)]
    assert queries.log_state().size == 2


def test_partitions_are_made_as_the_application(db):
    tasks.make_partitions()
    assert partitions.state().months_ahead == partitions.AHEAD


@pytest.mark.parametrize("name", ["sequence", "project", "fold_accesses", "make_partitions"])
def test_every_task_is_on_the_schedule(name):
    assert getattr(tasks, name).name == f"audit.tasks.{name}"
    schedule = getattr(settings, "CELERY_BEAT_SCHEDULE", None)
    if schedule is None:
        pytest.skip("these settings have no schedule")
    assert f"audit.tasks.{name}" in {entry["task"] for entry in schedule.values()}
    assert current_app is not None
