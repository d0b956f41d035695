"""``--services``: the whole suite on Debian's PostgreSQL. Its Redis and RabbitMQ serve the whole product in
tests/journeys/test_services.py."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest

from runtime import services
from runtime.testing import ADMIN_URL


def use_packaged_postgres(config: pytest.Config) -> None:
    """Start it, once for all processes of the run, and end it with the run.

    Left as it is: a server that somebody named. Raises UsageError where the package is missing.
    """
    if hasattr(config, "workerinput") or os.environ.get(ADMIN_URL):
        return
    stack = ExitStack()
    try:
        url = stack.enter_context(services.debian_postgres())
    except services.NotInstalled as missing:
        raise pytest.UsageError(str(missing)) from None
    os.environ[ADMIN_URL] = url
    stack.callback(os.environ.pop, ADMIN_URL)
    config.add_cleanup(stack.close)
