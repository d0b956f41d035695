"""What an installation allows of artefacts. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Rules:
    """What an installation allows. ``explain.artefacts`` fills it from the settings.

    most_bytes:       of an artefact, and of what an archive unpacks to.
    pickle:           an administrator allowed pickle and joblib files, in a process of their own.
    memory_bytes, cpu_seconds: what such a process, or a first trial, may use; seconds: until it must answer.
    remote:           address prefixes a remote model may have; private: addresses of private networks, too.
    remote_seconds, remote_tries, remote_rows: per call, per batch, rows per call.
    trials:           where it is kept which artefacts their library has survived; None: nowhere.
    """

    most_bytes: int = 512 * MEBIBYTE
    pickle: bool = False
    memory_bytes: int = 2048 * MEBIBYTE
    cpu_seconds: int = 600
    seconds: float = 60.0
    remote: tuple[str, ...] = ()
    private: bool = False
    remote_seconds: float = 10.0
    remote_tries: int = 3
    remote_rows: int = 1000
    trials: Path | None = None
