"""Heartbeats of this floor. Workers import this; web processes call by name."""

from celery import shared_task

from fairness import facts, redoing


@shared_task(name="fairness.tasks.roll_up")
def roll_up() -> None:
    facts.catch_up()


@shared_task(name="fairness.tasks.redo")
def redo() -> None:
    redoing.walk()
