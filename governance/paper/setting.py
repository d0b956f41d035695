"""Setting a document: a process of its own, bounded in time, memory, processor, size and number."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

from audit.door import TooLarge, Unavailable

log = logging.getLogger(__name__)
HERE: Final = Path(__file__).resolve().parent
PRESS: Final = HERE / "press.py"
FONTS: Final = HERE / "fonts"
SECONDS: Final = 20
MOST_BYTES: Final = 4 << 20
AT_ONCE: Final = 2
"""Documents that one web process sets at the same time; each takes a core and some 60 MB while it lasts."""
# Nothing of the service's own environment: its secrets are there.
ENVIRONMENT: Final = {"LANG": "C.UTF-8", "HOME": "/nonexistent", "RAYON_NUM_THREADS": "1"}
_free = BoundedSemaphore(AT_ONCE)


def pdf(template: str, data: bytes, *, fonts: Sequence[Path] = ()) -> bytes:
    """The document of this template (a file beside this module) with these data, a JSON text in UTF-8.

    ``fonts``: folders with further fonts. The same template, data and fonts give the same bytes. Raises TooLarge for
    data beyond 4 MiB, and Unavailable where it cannot be done now: others are being set, or it took too long.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge("This is more than a document holds; the same answer is there as JSON.")
    if not _free.acquire(timeout=SECONDS):
        raise Unavailable("Other documents are being set.", code="busy")
    try:
        return _pressed([str(HERE / template), str(FONTS), *map(str, fonts)], data)
    finally:
        _free.release()


def _pressed(arguments: Sequence[str], data: bytes) -> bytes:
    command = [sys.executable, "-I", "-B", str(PRESS), *arguments]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, env=ENVIRONMENT, cwd="/", timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Unavailable("The document could not be set in time.", code="too-slow") from None
    if done.returncode < 0:
        # By a signal: over its limits, or ended with this process.
        log.warning("a document was not set", extra={"signal": -done.returncode})
        raise Unavailable("The document could not be set within its limits.", code="too-slow")
    if done.returncode > 0:
        raise RuntimeError(
            f"The document was not set: {done.stderr.decode(errors='replace')[-2000:]}"
        )
    return done.stdout
