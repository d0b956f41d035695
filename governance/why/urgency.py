"""Asking a worker to explain one decision now, and waiting for word that it has."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from governance.celery import app

log = logging.getLogger(__name__)
# By name: importing the tasks would bring the kernels into the web process.
TASK, CHANNEL = "explain.tasks.explain_now", "explain_ready"
ANSWER, ANSWERED = "explain.tasks.answer_now", "explain_answered"


def wait_until_explained(entry_id: UUID, seconds: float) -> bool:
    """True when the explanation became ready within ``seconds``."""
    return _wait(TASK, CHANNEL, entry_id, seconds)


def wait_until_answered(question: UUID, seconds: float) -> bool:
    """True when a question about a decision was answered within ``seconds``; a worker is asked in any case."""
    return _wait(ANSWER, ANSWERED, question, seconds)


def _wait(task: str, channel: str, about: UUID, seconds: float) -> bool:
    """Ask a worker, and wait for its word.

    LISTEN stands before the worker is asked, so word cannot be missed. A broker that is away costs nothing but the
    wait: a follower, or the heartbeat, does the work in its turn.
    """
    if seconds <= 0:
        ask_worker(task, str(about))
        return False
    return wait_for_word(task, (str(about),), channel, str(about), seconds)


def wait_for_word(
    task: str, arguments: Sequence[str], channel: str, word: str, seconds: float
) -> bool:
    """Ask a worker and wait for this word on the channel: True when it came within ``seconds``."""
    with psycopg.connect(**listening_parameters(), autocommit=True) as listener:
        listener.execute(f"LISTEN {channel}")
        if not ask_worker(task, *arguments):
            return False
        return heard(listener, word, time.monotonic() + seconds)


def ask_worker(task: str, *arguments: str) -> bool:
    """False when the broker is away."""
    # kombu tries for six seconds to reach a broker that is away, whatever ``retry`` says; once is enough here.
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "max_retries": 1, "interval_start": 0}
    try:
        with app.connection_for_write(transport_options=options) as broker:
            app.send_task(task, arguments, retry=False, expires=30, connection=broker)
    except OperationalError:
        log.warning(
            "broker away: the work follows in its turn", extra={"about": " ".join(arguments)}
        )
        return False
    return True


def heard(listener: psycopg.Connection[tuple[object, ...]], awaited: str, deadline: float) -> bool:
    while (left := deadline - time.monotonic()) > 0:
        for word in listener.notifies(timeout=left, stop_after=1):
            if word.payload == awaited:
                return True
    return False


def listening_parameters() -> dict[str, Any]:
    """Connection parameters for a session of its own: a pooled one would keep listening for others."""
    parameters = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "options")
    return {key: parameters[key] for key in wanted if parameters.get(key)}
