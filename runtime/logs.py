"""Log files: kept from growing without end, and quoted when something fails."""

import os
from pathlib import Path

_LIMIT = 10_000_000
_KEPT = 3


def rotate(log: Path) -> None:
    """Put a log that has grown large aside as <name>.1, older ones as .2 and .3.

    For the moment before its writer starts: a file that is open would be written on.
    """
    if not log.exists() or log.stat().st_size < _LIMIT:
        return
    for number in range(_KEPT, 0, -1):
        newer = log.with_name(f"{log.name}.{number - 1}") if number > 1 else log
        if newer.exists():
            newer.replace(log.with_name(f"{log.name}.{number}"))


def last_lines(log: Path, since: int = 0) -> str:
    """The last four lines written after the byte `since`, on one line; "none" without any."""
    try:
        with open(log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since, size - 4000))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return "none"
    return " / ".join([line.strip() for line in lines if line.strip()][-4:])[-800:] or "none"
