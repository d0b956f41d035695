"""What a receipt promises: of one body under one id, and durable though the database crashes."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from tests.journeys.problems import BULK, DECISIONS, NDJSON, problem, raw, recorded
from tests.journeys.world import Answer, World, decision
from tests.runtime.conftest import runs


def test_another_body_under_a_used_id(world: World) -> None:
    first = decision(f"used-{time.time_ns()}")
    receipt = world.post("decisions", first).json["receipt"]
    other = world.post("decisions", {**first, "role_of_ai": "advisory"})
    said = problem(other, 409, ("/id", "other_body"))
    assert said["errors"][0]["recorded"] != said["errors"][0]["submitted"]
    bulk = b"\n".join([raw(decision("bad-with-it")), raw({**first, "role_of_ai": "advisory"})])
    told = problem(world.ask("POST", BULK, bulk, headers=NDJSON), 409)
    assert [(one["line"], one["pointer"]) for one in told["errors"]] == [(2, "/id")]
    again = world.post("decisions", first)
    assert (again.status, again.json["receipt"]) == (200, receipt)


def test_while_the_database_is_away_nothing_is_promised(world: World) -> None:
    """Its head is killed; with the supervisor held still, nothing revives it until we are done."""
    assert world.process is not None
    before, head = recorded(world), world.postgres()[0]
    os.kill(world.process.pid, signal.SIGSTOP)
    try:
        os.kill(head, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while runs(head) and time.monotonic() < deadline:
            time.sleep(0.02)
        _must_say_it_is_away(world)
        time.sleep(5.5)  # keys that web processes remember are forgotten by now
        _must_say_it_is_away(world)
    finally:
        os.kill(world.process.pid, signal.SIGCONT)
    world.until(world.ready, 60, "recovery")
    # However long it was away: each process tries again at once, or a second after its last try.
    settled(world, 30)
    assert recorded(world) == before


def _must_say_it_is_away(world: World) -> None:
    body = raw(decision("bad"))
    erasure = {"use_case": "alpha", "subject": "x", "reason": "asked"}
    asked: list[Callable[[], Answer]] = [
        lambda: world.ask("POST", DECISIONS, body),
        lambda: world.ask("POST", BULK, body, headers=NDJSON),
        lambda: world.ask("GET", DECISIONS),
        lambda: world.get("log/checkpoint"),
        lambda: world.post("erasures", erasure),
    ]
    # At once: each waits some seconds for the database to come back before it gives up.
    with ThreadPoolExecutor(len(asked)) as threads:
        answers = list(threads.map(lambda ask: ask(), asked))
    for answer in answers:
        problem(answer, 503)
        assert 0 < int(answer.headers["retry-after"]) < 60
    assert world.ask("GET", "/healthz").status == 200
    assert world.ask("GET", "/readyz").status == 503


def test_a_receipt_given_while_the_database_crashes_is_of_a_durable_entry(world: World) -> None:
    mark = f"crash-{time.time_ns()}"
    given: list[tuple[dict[str, Any], Any]] = []
    odd: list[Answer] = []
    stop = threading.Event()

    def post() -> None:
        number = 0
        while not stop.is_set():
            said = decision(f"{mark}-{number}")
            try:
                answer = world.post("decisions", said)
            except OSError:
                continue
            if answer.status == 201:
                given.append((said, answer.json["receipt"]))
                number += 1
            elif answer.status not in {200, 503}:
                odd.append(answer)

    settled(world)
    caller = threading.Thread(target=post)
    caller.start()
    try:
        world.until(lambda: len(given) >= 3, 60, "receipts")
        os.kill(world.postgres()[0], signal.SIGKILL)
        time.sleep(0.5)
    finally:
        stop.set()
        caller.join(60)
    world.until(world.ready, 60, "recovery")
    assert not odd
    for said, receipt in given:
        again = patiently(world, said)
        assert (again.status, again.json["receipt"]) == (200, receipt)


def patiently(world: World, said: dict[str, Any]) -> Answer:
    """Asked again while it is 503: a process may learn only from its first caller that all its
    connections died in the crash."""
    for _ in range(40):
        answer = world.post("decisions", said)
        if answer.status != 503:
            return answer
        time.sleep(0.1)
    return answer


def settled(world: World, within: float = 60) -> None:
    """Every web process has the database: many callers at once, so that each is asked."""

    def all_answer() -> bool:
        with ThreadPoolExecutor(8) as threads:
            asked = threads.map(lambda _: world.get("log/checkpoint"), range(80))
            return all(one.status == 200 for one in asked)

    world.until(all_answer, within, "all processes to answer")


def test_a_restart_of_the_database_costs_each_process_one_refusal(world: World) -> None:
    settled(world)
    os.kill(world.postgres()[0], signal.SIGKILL)
    world.until(lambda: not world.postgres(), 10, "the end")
    world.until(world.postgres, 60, "the revival")
    world.until(lambda: answers(world), 60, "recovery")
    refused = sum(world.get("decisions?limit=1").status == 503 for _ in range(60))
    assert refused <= len(world.named("granian")[1:])


def answers(world: World) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        return world.rows("SELECT 1") == [(1,)]
    return False
