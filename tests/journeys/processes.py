"""Processes as /proc tells of them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from runtime.paths import ROOT
from tests.runtime.conftest import runs


def descendants(pid: int) -> list[int]:
    """The live processes below ``pid``, parents first."""
    found: list[int] = []
    for child in children(pid):
        if runs(child):
            found += [child, *descendants(child)]
    return found


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text().split())
    return found


def command_line(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except OSError:
        return ""


def leashed(argv: Sequence[str]) -> list[str]:
    """The command, told to stop (SIGTERM) by the kernel when this test run ends, however it ends."""
    leash = [sys.executable, "-I", "-S", str(ROOT / "runtime" / "leash.py"), str(os.getpid())]
    return [*leash, *argv]
