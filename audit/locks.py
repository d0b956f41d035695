"""Who may extend the tree: one leader at a time, who also hears that there is something to do.

The lock only saves work. What keeps two sequencers from giving one place twice is the row lock on
audit_tree_state, taken in every step, and the unique index on entry_id.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, Final

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper

SEQUENCER: Final = 0x72746E6C  # any fixed number; advisory locks are per database
CHANNEL: Final = "audit_appended"
_ASK_AGAIN: Final = 0.5
_LISTEN_SLICE: Final = 0.25


class Leader:
    """A database session of its own that holds the leader's lock and listens for entries.

    The lock lives and dies with the session: a killed process, a cut network or a restarted server
    frees it without anybody's help.
    """

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self._session = session

    def wait(self, seconds: float, stop: Event) -> None:
        """Return when an entry was appended, when told to stop, or after ``seconds``.

        Raises psycopg.OperationalError when the session, and with it the lock, is gone.
        """
        while seconds > 0 and not stop.is_set():
            heard = self._session.notifies(timeout=min(seconds, _LISTEN_SLICE), stop_after=1)
            if list(heard):
                return
            seconds -= _LISTEN_SLICE


@contextmanager
def leadership(stop: Event) -> Iterator[Leader | None]:
    """Wait until this process leads; None when told to stop before that.

    Raises psycopg.OperationalError when the database is away.
    """
    session = psycopg.connect(**_parameters(), autocommit=True)
    try:
        while not _try(session):
            if stop.wait(_ASK_AGAIN):
                yield None
                return
        session.execute(f"LISTEN {CHANNEL}")
        yield Leader(session)
    finally:
        session.close()


def lead_this_transaction(cursor: CursorWrapper) -> bool:
    """Whether nobody else leads; if so, this transaction does until it ends."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEQUENCER])
    return bool(cursor.fetchone() == (True,))


def _try(session: psycopg.Connection[Any]) -> bool:
    row = session.execute("SELECT pg_try_advisory_lock(%s)", [SEQUENCER]).fetchone()
    return bool(row == (True,))


def _parameters() -> dict[str, Any]:
    """How Django connects, without its cursors: this session must not come from the pool.

    A pooled session would keep lock and LISTEN when handed back.
    """
    parameters: dict[str, Any] = connection.get_connection_params()
    return {
        name: value
        for name, value in parameters.items()
        if name not in {"cursor_factory", "context", "prepare_threshold"}
    }
