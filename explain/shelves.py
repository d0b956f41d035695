"""What took long to compute, kept on disk as plain arrays, so that no other worker does it again.

A file is named by everything its arrays depend on, and begins with the SHA-256 of its content: a
damaged one is computed anew. Nothing in it is ever executed: npz without pickles. Losing the whole
folder costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

log = logging.getLogger(__name__)
# Part of every name: raised when the arrays of a method change their meaning.
FORMAT = "1"
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class DiskShelf:
    """The shelf of one output of one version. about: all that its arrays depend on."""

    about: tuple[str, ...]

    def get(self, name: str) -> dict[str, NDArray[Any]] | None:
        place = self._place(name)
        try:
            content = place.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
            log.warning("A kept table is damaged and is computed anew: %s", place.name)
            return None
        place.touch()  # the files used longest ago go first
        try:
            with np.load(io.BytesIO(content[_DIGEST:]), allow_pickle=False) as arrays:
                return {key: arrays[key] for key in arrays.files}
        except (ValueError, zipfile.BadZipFile):
            log.warning("A kept table cannot be read and is computed anew: %s", place.name)
            return None

    def put(self, name: str, arrays: dict[str, NDArray[Any]]) -> None:
        """Complete or absent: a crash leaves a draft that nobody reads and the next sweep removes."""
        held = io.BytesIO()
        np.savez(held, allow_pickle=False, **arrays)
        content = held.getvalue()
        place = self._place(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(hashlib.sha256(content).digest() + content)
        Path(draft).replace(place)
        sweep(place)

    def _place(self, name: str) -> Path:
        about = "\n".join((FORMAT, *self.about, name))
        return Path(settings.EXPLAIN_TABLES) / hashlib.sha256(about.encode()).hexdigest()


def sweep(newest: Path) -> None:
    """Remove what was used longest ago until the folder is within its bound; never the newest."""
    found = []
    for place in newest.parent.iterdir():
        try:
            known = place.stat()
        except FileNotFoundError:  # another worker's sweep came first
            continue
        found.append((known.st_mtime, known.st_size, place))
    total = sum(size for _, size, _ in found)
    for _, size, place in sorted(found):
        if total <= settings.EXPLAIN_TABLES_BYTES:
            return
        if place != newest:
            place.unlink(missing_ok=True)
            total -= size
