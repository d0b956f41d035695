"""Heartbeats of the log. Each may run twice or be lost: what is to be done stands in the database."""

from celery import shared_task

from audit import accesses, partitions, projections, sequencer


@shared_task
def sequence() -> None:
    sequencer.catch_up()


@shared_task
def project() -> None:
    projections.catch_up()


@shared_task
def fold_accesses() -> None:
    accesses.fold()


@shared_task
def make_partitions() -> None:
    partitions.ensure()
