"""Heartbeats of this floor."""

from celery import shared_task

from governance.comparing import drift
from governance.sessions import SessionStore


@shared_task
def clear_sessions() -> None:
    SessionStore.clear_expired()


@shared_task
def hand_over_references() -> None:
    drift.hand_over()
