"""The command that sequences: once, or until told to stop."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from audit import publisher, tree
from tests.audit.lines import write


def sequence(*arguments: str) -> str:
    out = StringIO()
    call_command("sequence", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_once_catches_up_publishes_and_leaves(fresh_db: str) -> None:
    write(5)
    assert sequence("--once") == "5 entries sequenced; the tree has 5 leaves.\n"
    assert sequence("--once") == "0 entries sequenced; the tree has 5 leaves.\n"
    assert publisher.state().status == "published"


def test_a_sweep_begins_the_window_anew(fresh_db: str) -> None:
    write(5)
    sequence("--once")
    assert tree.state().low_xid > 0
    assert sequence("--sweep") == "0 entries sequenced; the tree has 5 leaves.\n"


def test_a_refusal_is_told_with_its_drill(fresh_db: str) -> None:
    write(5)
    sequence("--once")
    shutil.rmtree(settings.AUDIT_PUBLIC)
    write(1)
    with pytest.raises(CommandError, match=r"docs/drills.md#lost-store"):
        sequence("--once")
    assert tree.state().size == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told(fresh_db: str, signals: None, number: signal.Signals) -> None:
    write(5)
    timer = threading.Timer(0.7, os.kill, [os.getpid(), number])
    timer.start()
    assert sequence() == ""
    timer.join()
    assert publisher.state().status == "published"
    assert tree.state().size == 5
