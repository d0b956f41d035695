"""Children are started, leashed, quoted and ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.faults import RuntimeFault
from runtime.paths import ROOT
from runtime.process import Child, Process
from tests.runtime.conftest import runs, until

STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen(["sleep", "60"])
print(grandchild.pid, flush=True)
time.sleep(60)
"""


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def test_its_output_is_appended_to_a_log_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "p.log").write_text("before\n")
    (tmp_path / "p.log").chmod(0o600)
    child = Child(Process("p", python("print('after')")), tmp_path)
    child.start()
    until(lambda: not child.alive())
    assert child.log.read_text() == "before\nafter\n"
    assert (child.exit_code(), child.last_words()) == (0, "after")


def test_a_child_that_ends_before_it_is_ready_is_quoted(tmp_path: Path) -> None:
    process = Process("web", python("import sys; sys.exit('no such module')"), ready=lambda: False)
    with pytest.raises(RuntimeFault) as caught:
        Child(process, tmp_path).start()
    assert str(caught.value) == (
        "web ended while starting (exit code 1); "
        f"its last words, from {tmp_path / 'web.log'}: no such module"
    )


def test_a_child_never_ready_is_stopped(tmp_path: Path) -> None:
    process = Process("web", ["sleep", "60"], ready=lambda: False, ready_within=0.3)
    child = Child(process, tmp_path)
    with pytest.raises(RuntimeFault, match=r"web was not ready after 0 s"):
        child.start()
    assert not child.alive()


def test_a_command_that_is_not_there_is_said(tmp_path: Path) -> None:
    child = Child(Process("p", [str(tmp_path / "none")], ready=lambda: False), tmp_path)
    with pytest.raises(RuntimeFault, match=r"Cannot run .*none: No such file or directory"):
        child.start()


def test_sigterm_first_then_sigkill_for_it_and_all_it_started(tmp_path: Path) -> None:
    child = Child(Process("p", python(STUBBORN), grace=0.3), tmp_path)
    child.start()
    until(lambda: child.last_words() != "none")
    grandchild = int(child.last_words())
    child.stop()
    until(lambda: not runs(grandchild))
    assert child.exit_code() == -signal.SIGKILL


def test_what_a_dead_child_left_running_is_ended(tmp_path: Path) -> None:
    child = Child(Process("p", python(STUBBORN)), tmp_path)
    child.start()
    until(lambda: child.last_words() != "none")
    grandchild = int(child.last_words())
    os.kill(child.pid or 0, signal.SIGKILL)
    until(lambda: not child.alive())
    until(lambda: not runs(grandchild))


def test_kill_9_of_the_parent_takes_the_child_along(tmp_path: Path) -> None:
    script = f"""
import sys, time; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from runtime.process import Child, Process
child = Child(Process("c", ["sleep", "60"]), Path({str(tmp_path)!r}))
child.start(); print(child.pid, flush=True); time.sleep(60)
"""
    with subprocess.Popen(python(script), stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        until(lambda: Path(f"/proc/{child}/comm").read_text() == "sleep\n")
        parent.kill()
    until(lambda: not runs(child))
