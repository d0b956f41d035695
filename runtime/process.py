"""One process of ours: how it is described, started, watched, ended."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.faults import RuntimeFault
from runtime.logs import last_lines, rotate, rotate_open
from runtime.ports import require_free_port

_LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True)
class Process:
    """What to run. `env` None means ours; `ready` is asked until True; seconds throughout.

    `port` is the (host, port) it will listen on, checked before it starts. `grace` is how long it
    may take to end after SIGTERM before it is killed with everything it started.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None
    port: tuple[str, int] | None = None
    grace: float = 10.0
    ready_within: float = 60.0


class Child:
    """A running Process. Its output is appended to <name>.log in `logs`."""

    def __init__(self, process: Process, logs: Path) -> None:
        self.name = process.name
        self.log = logs / f"{process.name}.log"
        self._process = process
        self._running: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._running.pid if self._running else None

    def start(self) -> None:
        """Start it, and return when it is ready; RuntimeFault with its last words if it is not."""
        if self._process.port:
            require_free_port(*self._process.port)
        rotate(self.log)
        self.spawn()
        self._await_ready()

    def spawn(self) -> None:
        """Start it, leashed to us, in a session of its own: Ctrl-C is ours to pass on."""
        leash = [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid())]
        try:
            handle = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with open(handle, "ab") as log:
                self._log_start = log.tell()
                self._running = subprocess.Popen(
                    [*leash, *map(str, self._process.argv)],
                    env=self._process.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise RuntimeFault(f"Cannot start {self.name}: {error.strerror}.") from error

    def alive(self) -> bool:
        """Whether it still runs. When not, what it left running is ended too."""
        if self._running is None:
            return False
        if self._ended():
            self._reap()
            return False
        return True

    def exit_code(self) -> int | None:
        """How it ended; negative for a signal."""
        return self._running.returncode if self._running else None

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """SIGTERM, a bounded wait (none in a `hurry`), SIGKILL for it and all it started."""
        if self._running is None or self._running.returncode is not None:
            return
        if not self._ended():
            self._running.terminate()
        deadline = time.monotonic() + self._process.grace
        while not self._ended() and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        self._reap()

    def tend(self) -> None:
        """What is due now and then while it runs: its log must not fill the disk."""
        with contextlib.suppress(OSError):  # a full disk is no reason to stop looking after it
            if rotate_open(self.log):
                self._log_start = 0

    def last_words(self) -> str:
        """The end of what it wrote since it was started, on one line."""
        return last_lines(self.log, self._log_start)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + self._process.ready_within
        while self._process.ready and not self._process.ready():
            if not self.alive():
                raise RuntimeFault(
                    f"{self.name} ended while starting (exit code {self.exit_code()}); "
                    f"its last words, from {self.log}: {self.last_words()}"
                )
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeFault(
                    f"{self.name} was not ready after {self._process.ready_within:.0f} s; "
                    f"its last words, from {self.log}: {self.last_words()}"
                )
            time.sleep(0.05)

    def _ended(self) -> bool:
        """Whether it ended, without taking its exit code: until then its number stays its own."""
        running = self._running
        if running is None or running.returncode is not None:
            return True
        try:
            return bool(os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
        except ChildProcessError:
            return True

    def _reap(self) -> None:
        """End all that is left of it, then take the exit code.

        In this order: once the code is taken, the number may belong to somebody else's group.
        """
        if self._running is not None and self._running.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()
