"""Asking a worker to explain one decision now, and waiting for word that it has."""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from kombu.exceptions import OperationalError

from governance.celery import app

log = logging.getLogger(__name__)
# By name: importing the task would bring the kernels into the web process.
TASK = "explain.tasks.explain_now"
CHANNEL = "explain_ready"


def wait_until_explained(entry_id: UUID, seconds: float) -> bool:
    """True when the explanation became ready within ``seconds``.

    LISTEN stands before the worker is asked, so word cannot be missed. A broker that is away costs nothing but the
    wait: the follower explains the decision in its turn.
    """
    with psycopg.connect(**listening_parameters(), autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        try:
            app.send_task(TASK, (str(entry_id),), retry=False, expires=30)
        except OperationalError:
            log.warning(
                "broker away: the explanation follows in its turn",
                extra={"entry_id": str(entry_id)},
            )
            return False
        return heard(listener, str(entry_id), time.monotonic() + seconds)


def heard(listener: psycopg.Connection[tuple[object, ...]], entry_id: str, deadline: float) -> bool:
    while (left := deadline - time.monotonic()) > 0:
        for word in listener.notifies(timeout=left, stop_after=1):
            if word.payload == entry_id:
                return True
    return False


def listening_parameters() -> dict[str, Any]:
    """Connection parameters for a session of its own: a pooled one would keep listening for others."""
    parameters = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "options")
    return {key: parameters[key] for key in wanted if parameters.get(key)}
