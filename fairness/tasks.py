"""Heartbeats of this floor. Workers import this; web processes call by name."""

from celery import shared_task

from fairness import drift_alerts, drifting, facts, redoing, runs, watching


@shared_task(name="fairness.tasks.roll_up")
def roll_up() -> None:
    facts.catch_up()


@shared_task(name="fairness.tasks.redo")
def redo() -> None:
    redoing.walk()


@shared_task(name="fairness.tasks.assess")
def assess() -> None:
    runs.perform_all()


@shared_task(name="fairness.tasks.schedule")
def schedule() -> None:
    runs.schedule()


@shared_task(name="fairness.tasks.watch")
def watch() -> None:
    watching.step_all()


@shared_task(name="fairness.tasks.code_features")
def code_features() -> None:
    drifting.walk()


@shared_task(name="fairness.tasks.judge_drift")
def judge_drift() -> None:
    drift_alerts.judge_all()
