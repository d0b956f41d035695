"""kill -9 of any process at any moment: every receipt ever given is in the log, once, and stays put.

The whole product runs as `manage.py run` starts it, on its own durable PostgreSQL. Callers record,
an onlooker watches, and a seeded killer ends one process after another.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from runtime.paths import ROOT
from tests.journeys.processes import command_line
from tests.journeys.world import World, serving
from tests.runtime.conftest import runs
from tests.soak.callers import Callers, Records
from tests.soak.evidence import Evidence, settled

# A lease is 60 s, so a batch whose worker was killed may wait that long for the next one.
SETTLES_WITHIN = 240.0

# Commits that return before they are on disk: what the log must never be run with.
CARELESS = """
import psycopg
real = psycopg.Connection.connect.__func__
def connect(cls, conninfo="", **more):
    if "options" in more:
        more["options"] = more["options"].replace("synchronous_commit=on", "synchronous_commit=off")
    return real(cls, conninfo, **more)
psycopg.Connection.connect = classmethod(connect)
psycopg.connect = psycopg.Connection.connect
"""


def web_workers(world: World) -> list[int]:
    return world.named("granian")[1:]


def web_parent(world: World) -> list[int]:
    return world.named("granian")[:1]


def sequencer(world: World) -> list[int]:
    return world.named("manage.py", "sequence")


def celery_parent(world: World) -> list[int]:
    return world.named("celery")[:1]


def celery_children(world: World) -> list[int]:
    return world.named("celery")[1:]


def valkey(world: World) -> list[int]:
    return world.named("valkey-server")


def postmaster(world: World) -> list[int]:
    return world.postgres()[:1]


def backends(world: World) -> list[int]:
    return [pid for pid in world.postgres()[1:] if "rationale_app" in command_line(pid)]


KINDS = (
    web_workers,
    web_parent,
    sequencer,
    celery_parent,
    celery_children,
    valkey,
    postmaster,
    backends,
)


# Seconds between two kills. In a short run one falls upon the other. Over minutes each kind's turn comes after
# the half minute in which the supervisor takes a second death for a crash at once and waits longer each time:
# else nothing would run for most of the time, and little would be tried.
AT_ONCE, STEADY = (0.6, 1.4), (3.0, 6.0)


def kill_at_random(
    world: World, seconds: float, seed: int, pause: tuple[float, float]
) -> Counter[str]:
    """Kill one process after each pause, for so long, and until every kind had its turn."""
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    began = time.monotonic()
    turns: list[int] = []
    while (now := time.monotonic() - began) < seconds or (
        len(killed) < len(KINDS) and now < 4 * seconds
    ):
        time.sleep(chance.uniform(*pause))
        turns = turns or chance.sample(range(len(KINDS)), len(KINDS))
        kind = KINDS[turns.pop()]
        if victims := kind(world):  # none while it is being started again
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(victims), signal.SIGKILL)
                killed[kind.__name__] += 1
    return killed


def live_through(
    world: World, seconds: float, seed: int, pause: tuple[float, float] = AT_ONCE
) -> tuple[Records, Counter[str]]:
    records = Records()
    with Callers(world, records) as callers:
        time.sleep(1)
        killed = kill_at_random(world, seconds, seed, pause)
    world.until(world.ready, 60, "readiness")
    world.until(lambda: quietly(settled, world), SETTLES_WITHIN, "everything to be settled")
    callers.look_at(records.given[:50])
    print(f"{seconds:.0f} s, seed {seed}: {sum(killed.values())} kills {dict(killed)}, "
          f"{len(records.tried)} decisions, {len(records.given)} receipts, {records.retries} retries, "
          f"{len(records.checkpoints)} checkpoints seen")  # fmt: skip
    return records, killed


def quietly(asked: object, world: World) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        return bool(asked(world))  # type: ignore[operator]
    return False


@pytest.mark.soak
def test_no_kill_loses_doubles_or_moves_a_decision() -> None:
    """A short run, one or two kills of each kind."""
    with serving(patient=True) as world:
        records, killed = live_through(world, seconds=16, seed=20261122)
        assert Evidence(world, records).faults() == []
    assert len(killed) == len(KINDS)
    assert len(records.given) > 100


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_minutes_of_kills(seed: int) -> None:
    seconds = float(os.environ.get("RATIONALE_SOAK_SECONDS", "120"))
    with serving(patient=True) as world:
        records, killed = live_through(world, seconds, seed, STEADY)
        assert Evidence(world, records).faults() == []
    assert len(killed) == len(KINDS)


@pytest.mark.soak
def test_commits_that_are_not_durable_are_found_out(tmp_path: Path) -> None:
    """The negative control: with synchronous_commit off, an immediate crash loses receipts."""
    (tmp_path / "sitecustomize.py").write_text(CARELESS)
    with serving(patient=True, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}") as world:
        for attempt in range(8):
            if found := lost_in_a_crash(world, f"crash-{attempt}-"):
                break
        assert found
        assert all(one.startswith("lost: ") for one in found)


def lost_in_a_crash(world: World, name: str) -> list[str]:
    """Crash the database in the middle of a burst; what the evidence says of the receipts."""
    records = Records()
    with Callers(world, records, name, singles=4, bulks=0) as callers:
        time.sleep(1)
        # A sequencer flushes what it commits, and with it all that was committed before.
        for pid in [*sequencer(world), *world.named("celery")]:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(0.5)
        head = postmaster(world)[0]
        callers.stop.set()
        os.kill(head, signal.SIGQUIT)
        deadline = time.monotonic() + 20
        while runs(head) and time.monotonic() < deadline:
            time.sleep(0.02)
        given = list(records.given)
        for pid in [*sequencer(world), *world.named("celery")]:
            os.kill(pid, signal.SIGCONT)
    world.until(world.ready, 60, "readiness")
    done = world.manage("sequence", "--once")
    assert done.returncode == 0, done.stderr  # every entry that is left has its place
    records.given = given
    return list(Evidence(world, records).lost())
