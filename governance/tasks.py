"""Heartbeats of this floor."""

from celery import shared_task

from governance.sessions import SessionStore


@shared_task
def clear_sessions() -> None:
    SessionStore.clear_expired()
