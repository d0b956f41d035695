"""Where published checkpoints stand outside the database: the one thing that a restored backup, or
whoever rules the database, does not take back with it.

A store compares before it swaps, so of two publishers one wins and the other looks again. It must
never be restored from a backup together with the database: then nothing would be left to tell.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from django.conf import settings

from audit.crashpoint import crash_point

SEGMENT_BYTES: Final = 1 << 20
_END: Final = b"\n.\n"  # no line of a note is a lone full stop
_PATIENCE: Final = 5.0


class StoreFault(RuntimeError):
    """The store cannot be read or written at the moment; the message is one sentence."""


class Conflict(RuntimeError):
    """The store holds another checkpoint than was expected: somebody else has published."""


class CheckpointStore(Protocol):
    """An object store with conditional writes (If-Match), or a second database, fits as well."""

    def latest(self) -> str | None:
        """The note published last; None when none ever was. Raises StoreFault."""

    def history(self) -> Iterator[str]:
        """Every note ever published, in the order of publication; rarely one twice in a row.

        Raises StoreFault.
        """

    def put(self, expected: str | None, new: str) -> None:
        """Publish ``new`` if ``expected`` is still the latest; durable on return.

        Raises Conflict when it is not, StoreFault when it cannot be written; which of the two is
        the latest then, ``latest`` tells.
        """


def checkpoint_store() -> CheckpointStore:
    """The store of this service: the folder settings.AUDIT_PUBLIC."""
    return _file_store(Path(settings.AUDIT_PUBLIC))


@lru_cache(maxsize=8)
def _file_store(folder: Path) -> FileStore:
    return FileStore(folder)


class FileStore:
    """A folder: ``checkpoint`` is the latest note, ``history/`` holds all that were before it.

    A file of the history takes about a megabyte and is named by its number and the tree size of its
    first note; a line with a full stop ends each note. The folder must lie on a disk whose flock
    and rename can be relied on; a network share often is not such a disk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checkpoint = folder / "checkpoint"
        self._history = folder / "history"
        self._new_segment = False

    def latest(self) -> str | None:
        try:
            return self._checkpoint.read_text()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeError) as error:
            raise StoreFault(
                f"The checkpoint {self._checkpoint} cannot be read: {error}"
            ) from error

    def history(self) -> Iterator[str]:
        latest, last = self.latest(), None
        try:
            for segment in self._segments():
                for last in _notes(segment.read_bytes()):
                    yield last
        except (OSError, UnicodeError) as error:
            raise StoreFault(f"The history {self._history} cannot be read: {error}") from error
        if latest is not None and latest != last:
            yield latest

    def put(self, expected: str | None, new: str) -> None:
        try:
            self._history.mkdir(mode=0o755, parents=True, exist_ok=True)
            with self._locked():
                if self.latest() != expected:
                    raise Conflict("Another process has published meanwhile.")
                # The old one enters the history before the new one takes its place. A crash between
                # the two leaves both as they were; so the history never lacks a note that was
                # shown, and never holds one that was not.
                if expected is not None:
                    self._remember(expected)
                crash_point("after-history")
                self._replace(new)
        except OSError as error:
            raise StoreFault(_sentence(self._folder, error)) from error

    def _remember(self, note: str) -> None:
        record = note.encode() + _END[1:]
        segments = self._segments()
        if segments and _ends_with(segments[-1], record):
            return
        segment = self._segment_for(note, segments)
        new = not segment.exists()
        try:
            with open(segment, "ab") as file:
                # What a crash or a full disk left half written goes; no note ended there.
                file.truncate(_sound_length(segment))
                file.write(record)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            # After a failed fsync the kernel may call the lost pages clean: write elsewhere.
            self._new_segment = True
            raise
        self._new_segment = False
        if new:
            _sync(self._history)

    def _segment_for(self, note: str, segments: list[Path]) -> Path:
        if segments and not self._new_segment and segments[-1].stat().st_size < SEGMENT_BYTES:
            return segments[-1]
        return self._history / f"{len(segments):08}-{size_of(note)}.notes"

    def _segments(self) -> list[Path]:
        return sorted(self._history.glob("*.notes")) if self._history.exists() else []

    def _replace(self, note: str) -> None:
        draft = self._folder / ".checkpoint.new"
        draft.unlink(missing_ok=True)  # a crash left it; nobody reads it
        with open(draft, "x") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        crash_point("before-rename")
        draft.rename(self._checkpoint)
        # A power cut here may bring the old one back, as true as the new one and soon replaced;
        # nobody was told of the new one before the line below.
        crash_point("after-rename")
        _sync(self._folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + _PATIENCE
        try:
            while not _try_lock(handle):
                if time.monotonic() > deadline:
                    raise StoreFault(f"Another process holds the lock in {self._folder}.")
                time.sleep(0.01)
            yield
        finally:
            os.close(handle)


def size_of(note: str) -> int:
    """The tree size in the second line of a checkpoint note; raises StoreFault when it has none."""
    lines = note.split("\n", 2)
    if len(lines) < 3 or not lines[1].isascii() or not lines[1].isdigit():
        raise StoreFault("What stands in the checkpoint store is not a checkpoint.")
    return int(lines[1])


def _notes(content: bytes) -> Iterator[str]:
    """The whole notes of a segment; a torn one at its end was never published and is left out."""
    for note in content.split(_END)[:-1]:
        yield note.decode() + "\n"


def _ends_with(segment: Path, record: bytes) -> bool:
    with open(segment, "rb") as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(max(0, length - len(record)))
        return file.read() == record


def _sound_length(segment: Path) -> int:
    with open(segment, "rb") as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(max(0, length - len(_END)))
        if length == 0 or file.read() == _END:
            return length
    found = segment.read_bytes().rfind(_END)
    return found + len(_END) if found >= 0 else 0


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync(folder: Path) -> None:
    # A name is durable only once its folder is.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sentence(folder: Path, error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk of the checkpoint store {folder} is full; free some space."
    return f"The checkpoint store {folder} cannot be written ({error.strerror})."
