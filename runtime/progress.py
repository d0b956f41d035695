"""Tells a person at a terminal, or a log, how an installation is getting on."""

from __future__ import annotations

import collections
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_QUIET = 10.0  # seconds between lines where nobody watches live


class Failed(Exception):
    """An installation step failed; the text is one sentence for the reader."""


class Progress:
    """Numbered steps on stderr, each with the seconds it has taken."""

    def __init__(self) -> None:
        self.inherit: int | None = None  # the lock's file, passed on to what we start
        self._live = sys.stderr.isatty()
        self._steps = self._step = 0
        self._title = ""
        self._began = self._all_began = time.monotonic()
        self._last_line = ""
        self._watch: Path | None = None

    def begin(self, steps: int, venv: Path) -> None:
        self._steps = steps
        self._all_began = time.monotonic()
        self.say(f"Preparing the Python environment {venv} (once; about 250 MB to fetch)")

    def step(self, title: str, watch: Path | None = None) -> None:
        """Begin the next step. `watch` is the environment whose packages are to be counted."""
        self._step += 1
        self._title, self._watch, self._last_line = title, watch, ""
        self._began = time.monotonic()
        self._show()

    def say(self, text: str) -> None:
        self.close()
        print(text, file=sys.stderr, flush=True)

    def done(self) -> None:
        self.say(f"Environment ready after {time.monotonic() - self._all_began:.0f} s")

    def close(self) -> None:
        """Wipe the live line."""
        if self._live:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def run(
        self,
        command: Sequence[str],
        environment: dict[str, str] | None = None,
        *,
        check: bool = True,
    ) -> bool:
        """Run a step's program. True if it succeeded.

        Raises Failed with a sentence when it did not and `check` is set, and in any case when
        trying another way would be wrong: a full disk, a file that is not the one that was pinned.
        """
        last: collections.deque[str] = collections.deque(maxlen=40)
        inherit = () if self.inherit is None else (self.inherit,)
        finished = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(finished,), daemon=True)
        with subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            pass_fds=inherit,
        ) as process:
            ticker.start()
            for line in process.stdout or ():
                last.append(line.strip())
                self._last_line = line.strip()
        finished.set()
        ticker.join()
        said = "\n".join(last)
        if process.returncode and (check or must_stop(said)):
            raise Failed(explain(said))
        return process.returncode == 0

    def _tick(self, finished: threading.Event) -> None:
        while not finished.wait(0.5 if self._live else _QUIET):
            self._show()

    def _show(self) -> None:
        seconds = time.monotonic() - self._began
        line = f"[{self._step}/{self._steps}] {self._title} … {seconds:.0f} s"
        if self._watch:
            count = sum(1 for _ in self._watch.glob("lib/python3*/site-packages/*.dist-info"))
            line += f", {count} packages here"
        if self._live:
            print(f"\r\033[K{line}  {self._last_line[:40]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)


def must_stop(said: str) -> bool:
    """Whether another installer would meet, or worse, pass over the same trouble."""
    return _is_full(said) or _is_mismatch(said)


def explain(said: str) -> str:
    """One sentence for what an installer said when it failed."""
    if _is_full(said):
        return "The disk is full: free about 2 GB, or set RATIONALE_VENV to a folder with space."
    if _is_mismatch(said):
        named = re.search(r"[A-Za-z0-9_.-]+==[^\s`]+", said)
        which = f" ({named[0]})" if named else ""
        return (
            f"A fetched file{which} is not the one whose hash the requirements name; nothing was "
            "installed from it. Check the package index this machine uses, or a proxy in between."
        )
    if _is_denied(said):
        return "The environment's folder may not be written; set RATIONALE_VENV to another one."
    lines = [line for line in said.splitlines() if line and not line.startswith("Ignoring ")]
    errors = [line for line in lines if "error" in line.lower()]
    tail = " ".join(" ".join(errors or lines).split())[-400:]
    if _is_offline(said):
        return f"No package index could be reached; check the network or pip's settings: {tail}"
    return f"The installation failed: {tail}"


def _is_full(said: str) -> bool:
    return "No space left on device" in said


def _is_mismatch(said: str) -> bool:
    return "Hash mismatch" in said or "DO NOT MATCH THE HASHES" in said


def _is_denied(said: str) -> bool:
    return "Permission denied" in said or "Read-only file system" in said


def _is_offline(said: str) -> bool:
    signs = ("dns error", "name resolution", "Connection refused", "Failed to fetch", "timed out")
    return any(
        sign in said
        for sign in (
            *signs,
            "unreachable",
            "NewConnectionError",
            "error sending request",
            "from versions: none",
        )
    )
