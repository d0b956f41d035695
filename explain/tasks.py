"""Heartbeats and calls, two lines each. Workers import this; web processes call by name."""

from uuid import UUID

from celery import shared_task

from explain import answering
from explain.backfill import step
from explain.explanations import explain_one, feed, follow
from explain.likeness import Space
from explain.replay import stepping
from explain.similar import find_similar
from explain.summaries import stale
from explain.summaries import summarise as make_summary


@shared_task(name="explain.tasks.catch_up")
def catch_up() -> None:
    while feed() or follow():
        continue


@shared_task(name="explain.tasks.explain_now")
def explain_now(entry_id: str) -> None:
    explain_one(UUID(entry_id))


@shared_task(name="explain.tasks.backfill")
def backfill() -> None:
    while step():
        continue


@shared_task(name="explain.tasks.summarise")
def summarise() -> None:
    for model_ref in stale():
        make_summary(model_ref)


@shared_task(name="explain.tasks.similar_now")
def similar_now(entry_id: str, space: Space) -> None:
    find_similar(UUID(entry_id), space)


@shared_task(name="explain.tasks.answer_now")
def answer_now(question_id: str) -> None:
    answering.answer_one(UUID(question_id))


@shared_task(name="explain.tasks.answer")
def answer() -> None:
    while answering.follow():
        continue


@shared_task(name="explain.tasks.step_sweeps")
def step_sweeps() -> None:
    stepping.step_sweeps()
