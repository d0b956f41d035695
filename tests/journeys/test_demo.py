"""`manage.py demo`, run as a newcomer runs it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.paths import ROOT
from runtime.services import free_port
from tests.journeys.processes import leashed
from tests.journeys.world import MANAGE, STARTED, STOP_WITHIN, World, clean_environment
from tests.runtime.conftest import reachable_folder, runs

# With a cold cache of compiled kernels on a busy machine.
SMOKE_WITHIN = 400.0


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """One folder for all demonstrations here: each finds what the one before left."""
    with reachable_folder() as folder:
        yield folder / "var"


def demo(var: Path, *options: str, port: int | None = None) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(MANAGE), "demo", "--port", str(port or free_port()), *options]
    return subprocess.run(
        leashed(argv), env=clean_environment(var), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False, timeout=SMOKE_WITHIN,
    )  # fmt: skip


@contextmanager
def staying_up(var: Path) -> Iterator[World]:
    """A demonstration that stays; killed with the block if the test has not stopped it."""
    port = free_port()
    world = World(
        var,
        port,
        clean_environment(var),
        [sys.executable, str(MANAGE), "demo", "--port", str(port)],
    )
    try:
        yield world.start(SMOKE_WITHIN)
    finally:
        world.clear()


def receipts(world: World) -> dict[str, str]:
    """Every decision's receipt, by the id the demonstration gave it."""
    key = (world.var / "run" / "demo-key").read_text()
    lines = (world.var / "run" / "demo-decisions.ndjson").read_text().splitlines()
    found = {}
    for id_ in [json.loads(line)["id"] for line in lines][:60]:
        told = world.get(f"decisions/{id_}/receipt", key=key).json
        found[id_] = json.dumps([told["accepted"], told["header"], told["included"]["leaf_index"]])
    return found


@pytest.mark.soak  # CI runs the smoke demonstration itself, on a fresh clone
def test_the_smoke_demonstration_holds_twice_on_the_same_data(var: Path) -> None:
    first = demo(var, "--smoke")
    assert (first.returncode, first.stdout) == (0, ""), first.stderr[-2000:]
    assert "The demonstration holds." in first.stderr
    second = demo(var, "--smoke")
    assert second.returncode == 0, second.stderr[-2000:]
    assert first.stderr.count("✓") == second.stderr.count("✓") >= 7


@pytest.mark.soak
def test_another_start_reuses_what_is_there_and_stops_when_told(var: Path) -> None:
    seen = []
    for number in (signal.SIGTERM, signal.SIGINT):
        with staying_up(var) as world:
            assert world.process is not None
            seen.append(receipts(world))
            processes = [*world.tree(), *world.postgres()]
            assert len(processes) > 10
            refused = demo(var)
            assert refused.returncode == 1
            assert one_sentence(refused.stderr).startswith(
                f"CommandError: Process {world.process.pid} already runs the product in {var};"
            )
            world.process.send_signal(number)
            assert world.process.wait(STOP_WITHIN) == 0
            assert not [pid for pid in processes if runs(pid)]
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", world.port), timeout=2)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 60


def test_told_to_stop_while_it_is_starting_it_leaves_nothing(var: Path) -> None:
    for pause in (1.0, 6.0):
        world = World(var, free_port(), clean_environment(var), [])
        argv = [sys.executable, str(MANAGE), "demo", "--port", str(world.port)]
        world.process = subprocess.Popen(
            leashed(argv), env=world.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            time.sleep(pause)
            processes = [*world.tree(), *world.postgres()]
            world.process.terminate()
            _, said = world.process.communicate(timeout=STOP_WITHIN)
            left = [pid for pid in [*processes, *world.postgres()] if runs(pid)]
        finally:
            world.clear()
        assert left == []
        assert b"Traceback" not in said
        assert STARTED.encode() not in said


def test_a_port_in_use_is_one_sentence(var: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = demo(var, "--smoke", port=port)
    assert done.returncode == 1
    assert one_sentence(done.stderr) == (
        f"CommandError: Port {port} on 127.0.0.1 cannot be used (Address already in use); "
        "stop the program that has it, or choose another port."
    )
    world = World(var, port, {}, [])
    assert world.postgres() == []


def one_sentence(stderr: str) -> str:
    """The last line, after a word on what was going on; nothing like a traceback before it."""
    assert "Traceback" not in stderr
    return stderr.strip().splitlines()[-1]
