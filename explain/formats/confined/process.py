"""The other end of a confined process: starts it, asks it, and ends it when it does not answer in time."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import sysconfig
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from explain.formats.confined import frames, landlock, seccomp
from explain.formats.rules import Rules
from explain.refusals import Cause, NotAllowed, Refused

ROOT: Final = Path(__file__).resolve().parents[3]
START: Final = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
    "from explain.formats.confined.inside import main; main()"
)
# Nothing of the service's own environment: its secrets are there.
ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "LOKY_MAX_CPU_COUNT": "1",
    "MPLCONFIGDIR": "/nonexistent",
}


class Ended(Refused):
    """The process ended, or was ended, before it answered. signal: which; 0 for none."""

    cause: ClassVar[Cause] = "process_ended"

    def __init__(self, sentence: str, signal: int = 0) -> None:
        super().__init__(sentence)
        self.signal = signal


def has_locks() -> bool:
    return seccomp.is_known() and landlock.version() > 0


def require_locks() -> None:
    """Raises NotAllowed, saying why, where this machine cannot hold such a process."""
    if not seccomp.is_known():
        raise NotAllowed(
            "This machine cannot confine a process (Linux on x86_64 or aarch64 is needed); the artefact is not loaded."
        )
    if not landlock.version():
        raise NotAllowed(
            "This kernel offers no Landlock (Linux 5.13 or later, enabled) to keep files from a confined process; "
            "the artefact is not loaded."
        )


class Process:
    """One confined process; ends with this object. Confined only as far as has_locks() says: who needs
    the locks calls require_locks() first."""

    def __init__(
        self,
        rules: Rules,
        act: str,
        content: bytes,
        kind: str = "",
        modules: Sequence[str] = (),
        file_bytes: int = 0,
    ) -> None:
        self._seconds = rules.seconds
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
        weakref.finalize(self, _end, self._child)
        order = {
            "act": act,
            "kind": kind,
            "modules": list(modules),
            "memory_bytes": rules.memory_bytes,
            "cpu_seconds": rules.cpu_seconds,
            "file_bytes": file_bytes,
            "locked": has_locks(),
            "readable": [str(ROOT / "explain"), *_libraries()],
        }
        self.said, _ = self.ask(order, [content])

    def ask(
        self, head: dict[str, Any], blobs: Sequence[bytes] = ()
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Send one frame and wait for its answer. Raises Ended."""
        until = time.monotonic() + self._seconds
        try:
            self._send(frames.pack(head, blobs), until)
            return frames.read(lambda count: self._take(count, until))
        except (EOFError, BrokenPipeError):
            code = self._child.wait()
            by = f"signal {-code}" if code < 0 else f"exit {code}"
            raise Ended(
                f"The model's own process ended without an answer ({by}).", max(-code, 0)
            ) from None
        except ValueError:
            self.end()
            raise Ended("The model's own process gave what is no answer.") from None

    def _send(self, frame: bytes, until: float) -> None:
        assert self._child.stdin is not None  # noqa: S101 - a pipe was asked for
        handle, view = self._child.stdin.fileno(), memoryview(frame)
        os.set_blocking(handle, False)
        while view:
            self._wait(handle, until, writing=True)
            view = view[os.write(handle, view) :]

    def _take(self, count: int, until: float) -> bytes:
        assert self._child.stdout is not None  # noqa: S101 - a pipe was asked for
        handle, parts = self._child.stdout.fileno(), []
        while count:
            self._wait(handle, until, writing=False)
            part = os.read(handle, min(count, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _wait(self, handle: int, until: float, *, writing: bool) -> None:
        left = max(until - time.monotonic(), 0)
        ready = select.select([] if writing else [handle], [handle] if writing else [], [], left)
        if not (ready[0] or ready[1]):
            self.end()
            raise Ended(f"The model's own process did not answer within {self._seconds:g} seconds.")

    def end(self) -> None:
        _end(self._child)


def _libraries() -> list[str]:
    """Where this Python keeps packages, links followed: the locks know places, not names."""
    places = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()}
    return sorted({os.path.realpath(place) for place in places})


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    child.wait()
