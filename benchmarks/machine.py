"""What the machine is, and how much of it others used while something was measured."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK = 10.0
_QUIET = 0.1
_IDLE_FIELDS = (3, 4)  # idle and iowait in the first line of /proc/stat


class Watch:
    """A block of which wall time, our CPU time and the foreign share are known when it is left.

    ``share`` is the CPU time all other processes used (a hypervisor's stolen time included), as a
    part of all the CPU time there was; ``cpu`` is what ours used, in seconds. ``roots`` names the
    processes whose descendants are ours.
    """

    def __init__(self, roots: Callable[[], Iterable[int]]) -> None:
        self._roots = roots
        self.seconds = 0.0
        self.share = 0.0
        self.cpu = 0.0

    def __enter__(self) -> Watch:
        self._ours, self._busy = _ours(self._roots()), _busy()
        self._begun = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._begun
        self.cpu = _ours(self._roots()) - self._ours
        foreign = _busy() - self._busy - self.cpu
        self.share = max(0.0, foreign / (self.seconds * (os.cpu_count() or 1)))


def await_quiet(watch: Callable[[], Watch], minutes: float) -> None:
    """Return when others have left the processors alone for a while, or after so many minutes."""
    deadline = time.monotonic() + minutes * 60
    while time.monotonic() < deadline:
        with watch() as look:
            time.sleep(_LOOK)
        if look.share < _QUIET:
            return


def _busy() -> float:
    """Seconds all CPUs have worked since the machine started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return sum(int(f) for at, f in enumerate(fields) if at not in _IDLE_FIELDS) / _TICKS


def _ours(roots: Iterable[int]) -> float:
    """Seconds the trees under ``roots`` have worked; ended processes count with their parents."""
    used: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(folder)):
            pid = int(folder.name)
            used[pid] = sum(map(int, fields[11:15])) / _TICKS
            children.setdefault(int(fields[1]), []).append(pid)
    waiting, seen = list(roots), set()
    while waiting:
        pid = waiting.pop()
        if pid not in seen:
            seen.add(pid)
            waiting += children.get(pid, [])
    return sum(used.get(pid, 0.0) for pid in seen)


def _stat(folder: Path) -> list[str]:
    """The fields of /proc/PID/stat after the name; none when the process has just ended."""
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def describe(folder: Path) -> str:
    """One line about machine and disk: processors, memory, kernel, fdatasync of a small write."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} x {_processor()}, "
        f"{memory:.0f} GB, Linux {platform.release()}, Python {platform.python_version()}; "
        f"fdatasync {_fdatasync(folder) * 1000:.2f} ms; load at the start {load:.1f}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()


def _fdatasync(folder: Path, times: int = 50) -> float:
    """The median of so many durable writes of 8 kB, in seconds."""
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            file.write(os.urandom(8192))
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
