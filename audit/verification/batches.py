"""Batches of leaves held against their content, in order, by several processes where that pays."""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Thread
from typing import Final
from uuid import UUID

from django.db import connection, connections

from audit.merkle import HASH_BYTES
from audit.verification import content
from audit.verification.findings import Finding
from audit.verification.tiles import LeafTiles

BATCH: Final = 2048
WORTH_FORKING: Final = 20_000


@dataclass(frozen=True, slots=True)
class Batch:
    """What was seen of the leaves [first, end); ``hashes`` holds one for each, put end to end."""

    first: int
    end: int
    hashes: bytes
    verified: int
    erased: int
    erasures: list[UUID]
    findings: list[Finding]

    def leaf_hashes(self) -> list[bytes]:
        return [self.hashes[at : at + HASH_BYTES] for at in range(0, len(self.hashes), HASH_BYTES)]


def in_order(first: int, end: int, jobs: int) -> Generator[Batch]:
    """The batches that make up [first, end), one after the other; at most a few are held ahead."""
    ranges = [(at, min(at + BATCH, end)) for at in range(first, end, BATCH)]
    if jobs == 1 or end - first < WORTH_FORKING:
        for one in ranges:
            yield _look(*one)
        return
    _hang_up()
    pool = ProcessPoolExecutor(
        jobs, get_context("fork"), initializer=_begin, initargs=(os.getpid(),)
    )
    try:
        ahead: deque[Future[Batch]] = deque()
        for one in ranges:
            ahead.append(pool.submit(_look, *one))
            if len(ahead) > 2 * jobs:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _look(first: int, end: int) -> Batch:
    stored = LeafTiles(first, end)
    checked = content.check(first, end, stored.hash)
    return Batch(
        first,
        end,
        b"".join(stored.settle(first, checked.hashes)),
        checked.verified,
        checked.erased,
        checked.erasures,
        checked.findings,
    )


def _hang_up() -> None:
    """Close what the children would inherit: two processes on one connection ruin it for both."""
    connections.close_all()
    if hasattr(connection, "close_pool"):
        connection.close_pool()


def _begin(parent: int) -> None:
    Thread(target=_leave_with, args=(parent,), daemon=True).start()
    # Ctrl-C reaches every process of the terminal; the parent ends the work between two batches.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _leave_with(parent: int) -> None:
    # A parent that was killed tells nobody, and its children would wait for work for ever.
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
