"""What a library does to a file for the first time happens elsewhere, and is remembered."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from threading import Thread

import pytest

from explain.formats import registry, trial
from explain.formats.rules import Rules
from explain.refusals import Untrusted
from tests.explain.formats.made import made
from tests.journeys.processes import children, command_line


@pytest.fixture(autouse=True)
def forgotten() -> None:
    trial._survived.clear()


def test_surviving_is_kept(tmp_path: Path) -> None:
    one = made("onnx", "iris")
    registry.load(one.kind, one.content, Rules(trials=tmp_path))
    [kept] = tmp_path.iterdir()
    assert kept.read_text() == "survived"
    assert kept.name.split("-")[1] == "onnx"


def test_a_process_that_ends_is_a_refusal_and_this_one_lives(tmp_path: Path) -> None:
    """Killed, or late, while it imports. That may be the machine's fault: no verdict stays."""
    one = made("onnx", "iris")
    killer = Thread(target=kill_a_confined_process)
    killer.start()
    with pytest.raises(Untrusted, match=r"ends the library that reads it .*signal 9"):
        registry.load(one.kind, one.content, Rules(trials=tmp_path))
    killer.join()
    with pytest.raises(Untrusted, match=r"ends the library that reads it .*within 0.01 seconds"):
        registry.load(one.kind, one.content, Rules(trials=tmp_path, seconds=0.01))
    assert list(tmp_path.iterdir()) == []
    registry.load(one.kind, one.content, Rules(trials=tmp_path))


def kill_a_confined_process() -> None:
    """The first child of this process that is one, as soon as there is one."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for pid in children(os.getpid()):
            if "confined.inside" in command_line(pid):
                os.kill(pid, signal.SIGKILL)
                return
        time.sleep(0.005)


def test_what_fell_once_is_not_tried_again(tmp_path: Path) -> None:
    one = made("onnx", "iris")
    registry.load(one.kind, one.content, Rules(trials=tmp_path))
    [kept] = tmp_path.iterdir()
    kept.write_text("The artefact ends the library that reads it; it is not loaded.")
    trial._survived.clear()
    with pytest.raises(Untrusted, match="it is not loaded"):
        registry.load(one.kind, one.content, Rules(trials=tmp_path))
