"""The embedded database for the time of one command."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from runtime import paths
from runtime.postgres import EmbeddedPostgres


def start_database(server: EmbeddedPostgres) -> None:
    """The server runs, with the product's roles and database."""
    server.start()
    server.ensure_roles()
    server.ensure_database()


@contextmanager
def embedded_database(needed: bool) -> Iterator[None]:
    """Within, the embedded database runs, if `needed`; afterwards we have left it.

    SIGTERM and SIGHUP end the command through its `finally` clauses instead of around them.
    """
    if not needed:
        yield
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: sys.exit(128 + got))
    server = EmbeddedPostgres(paths.postgres())
    try:
        start_database(server)
        yield
    finally:
        server.stop()
