"""The supervisor keeps things running, says so, and ends them in order."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from runtime import paths, supervisor
from runtime.faults import RuntimeFault
from runtime.process import Process
from runtime.supervisor import Supervisor, services
from tests.runtime.conftest import runs, until

SLEEP = ["sleep", "60"]
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""

# Two processes that write their names when they are stopped; the second takes its time to start.
DRIVER = """
import signal, sys; sys.path.insert(0, sys.argv[1])
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
from runtime.process import Process
from runtime.supervisor import Supervisor
CHILD = '''
import signal, sys, time
def stop(*_):
    open(sys.argv[1], "a").write(sys.argv[2]); sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
time.sleep(60)
'''
with Supervisor() as supervisor:
    for name in "ab":
        child = supervisor.start(Process(name, [sys.executable, "-c", CHILD, sys.argv[2], name]))
        while child.last_words() == "none": pass
        print(child.pid, flush=True)
    supervisor.wait()
print("ended", supervisor.stopped, flush=True)
"""


def run_until_stopped(*processes: Process) -> None:
    with Supervisor(say=lambda _: None) as running:
        for process in processes:
            running.start(process)
        running.wait()


def sleepers() -> list[int]:
    """Our sleeping children that still run (the worker of a parallel run has others: servers, a browser)."""
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    slept = "\0".join([*SLEEP, ""])
    return [int(pid) for pid in children if runs(int(pid)) and command_line(pid) == slept]


def command_line(pid: str) -> str:
    """The command line of a process; empty when it is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


@contextmanager
def driver(var: Path, note: Path) -> Iterator[tuple["subprocess.Popen[str]", list[int]]]:
    """A supervisor in a process of its own, and its two children."""
    command = [sys.executable, "-c", DRIVER, str(paths.ROOT), str(note)]
    environment = {**os.environ, "RATIONALE_VAR": str(var)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield running, [int(running.stdout.readline()) for _ in "ab"]
        finally:
            running.kill()  # if it still runs, the test has failed; it must not wait as well


@pytest.mark.parametrize("number", supervisor.SIGNALS, ids=lambda number: number.name)
def test_a_signal_stops_all_in_reverse_order(
    var: Path, place: Path, number: signal.Signals
) -> None:
    note = place / "note"
    with driver(var, note) as (running, children):
        running.send_signal(number)
        said, _ = running.communicate(timeout=60)
    assert (running.returncode, said, note.read_text()) == (0, "ended True\n", "ba")
    assert not any(runs(child) for child in children)


def test_a_second_signal_does_not_wait_for_the_stubborn(var: Path) -> None:
    with Supervisor() as running:
        child = running.start(Process("stubborn", [sys.executable, "-c", STUBBORN], grace=60))
        until(lambda: child.last_words() == "up")
        again = threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGTERM])
        again.start()
        began = time.monotonic()
        os.kill(os.getpid(), signal.SIGTERM)
        running.wait()
    assert (running.stopped, child.exit_code()) == (True, -signal.SIGKILL)
    assert time.monotonic() - began < 50  # ten less than the stubborn one's grace


def test_kill_9_takes_the_children_along_and_leaves_no_lock(var: Path, place: Path) -> None:
    with driver(var, place / "note") as (running, children):
        running.kill()
    until(lambda: not any(runs(child) for child in children))
    with Supervisor():
        pass


def test_a_crashed_process_is_started_again_and_said(var: Path) -> None:
    said: list[str] = []
    with Supervisor(say=said.append) as running:
        child = running.start(Process("worker", [*SLEEP]))
        first = child.pid
        os.kill(first or 0, signal.SIGKILL)
        until(lambda: child.pid != first and child.alive())
    assert said == ["worker ended unexpectedly and is started again in 1 s: none"]
    assert not child.alive()


def test_one_that_keeps_crashing_ends_the_whole(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_LIVES", 2)
    command = [sys.executable, "-c", "import sys; sys.exit('broken')"]
    with pytest.raises(RuntimeFault) as caught:
        run_until_stopped(Process("steady", SLEEP), Process("worker", command))
    assert str(caught.value) == (
        "worker ended 2 times shortly after its start; everything is stopped. "
        "Its last words: broken"
    )
    assert sleepers() == []


def test_a_process_not_ready_ends_the_block_and_stops_the_others(var: Path) -> None:
    worker = Process("worker", ["false"], ready=lambda: False)
    with pytest.raises(RuntimeFault, match="worker ended while starting"):
        run_until_stopped(Process("steady", SLEEP), worker)
    assert sleepers() == []


def test_a_second_supervisor_is_refused(var: Path) -> None:
    with (
        Supervisor(),
        pytest.raises(RuntimeFault, match=f"Process {os.getpid()} already runs the product in"),
        Supervisor(),
    ):
        pass
    with Supervisor():
        pass


def test_a_port_in_use_is_said_before_the_process_starts(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.process.require_free_port.__defaults__", (0.0,))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = ("127.0.0.1", taken.getsockname()[1])
        with (
            pytest.raises(RuntimeFault, match=f"Port {address[1]} on 127.0.0.1 cannot be used"),
            Supervisor() as running,
        ):
            running.start(Process("web", SLEEP, port=address))
    assert not (paths.log() / "web.log").exists()


def test_the_handlers_of_before_are_put_back(var: Path) -> None:
    before = [signal.getsignal(number) for number in supervisor.SIGNALS]
    with Supervisor():
        pass
    assert [signal.getsignal(number) for number in supervisor.SIGNALS] == before


def test_the_embedded_servers_are_started_revived_and_stopped(var: Path) -> None:
    said: list[str] = []
    url = paths.database_dsn("rationale", "rationale_app")
    with Supervisor(say=said.append) as running:
        environment = services(running)
        assert environment["RATIONALE_VAR"] == str(var)
        assert paths.broker_socket().is_socket()
        pid = int((server_data() / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        until(lambda: any("PostgreSQL ended unexpectedly" in line for line in said))
        until(lambda: answers(url), 15)
    assert not answers(url)
    assert not (server_data() / "postmaster.pid").exists()


def server_data() -> Path:
    note = paths.postgres() / "elsewhere"
    home = Path(note.read_text().strip()) if note.exists() else paths.postgres()
    return home / "data"


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_servers_named_by_a_url_are_not_started(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/x")
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://mq//")
    monkeypatch.setenv("RATIONALE_DB_AS", "owner")
    with Supervisor() as running:
        environment = services(running)
    assert sorted(path.name for path in var.iterdir()) == ["run"]
    assert json.loads(json.dumps(environment)) == {
        **{name: value for name, value in os.environ.items() if name != "RATIONALE_DB_AS"},
        "RATIONALE_VAR": str(var),
    }
