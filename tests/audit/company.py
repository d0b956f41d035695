"""Callers who all come while somebody is being served, and so are served together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

from audit.gathering import Gathering, _Caller


@contextmanager
def somebody_served(gathering: Gathering[Any, Any]) -> Iterator[None]:
    """Whoever comes meanwhile must wait, and is served together afterwards."""
    first = _Caller[Any, Any](None)
    assert gathering._enter(first)
    try:
        yield
    finally:
        gathering._leave([first])


def at_once(gathering: Gathering[Any, Any], *asked: Callable[[], Any]) -> list[Any]:
    """The answers, exceptions among them, of callers who all wait before the first is served."""

    def ask(one: Callable[[], Any]) -> Any:
        try:
            return one()
        except Exception as error:  # noqa: BLE001 - an answer like any other here
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(asked)) as threads:
        with somebody_served(gathering):
            begun = [threads.submit(ask, one) for one in asked]
            until = time.monotonic() + 20
            while len(gathering._waiting) < len(asked) and time.monotonic() < until:
                time.sleep(0.005)
        return [one.result() for one in begun]
