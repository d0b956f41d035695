"""File locks the kernel drops by itself when their holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from runtime.faults import RuntimeFault


def open_lock(place: Path) -> IO[str]:
    """The lock file, open for reading and writing; made closed to others."""
    try:
        return os.fdopen(os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    except OSError as error:
        raise RuntimeFault(
            f"Cannot open the lock file {place} ({error.strerror}); "
            "free or allow it, or set RATIONALE_VAR to a folder of your own."
        ) from error


def try_lock(file: IO[str], mode: int = fcntl.LOCK_EX) -> bool:
    """Take the lock without waiting; False when another process holds it."""
    try:
        fcntl.flock(file, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sign(file: IO[str]) -> None:
    """Write our process id into a lock we hold, for the sentence others will print."""
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()


def holder(file: IO[str]) -> str:
    """The process id the holder of a lock wrote into it."""
    file.seek(0)
    return file.read().strip() or "unknown"


@contextmanager
def locked(place: Path, within: float) -> Iterator[None]:
    """Hold the lock `place`; a RuntimeFault names its holder when it is not free in time."""
    deadline = time.monotonic() + within
    with open_lock(place) as file:
        while not try_lock(file):
            if time.monotonic() > deadline:
                raise RuntimeFault(
                    f"Process {holder(file)} has held {place} for more than {within:.0f} seconds; "
                    "wait for it to finish, or end it."
                )
            time.sleep(0.05)
        sign(file)
        yield
