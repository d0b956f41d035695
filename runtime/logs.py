"""Log files: kept from growing without end, and quoted when something fails."""

import os
import shutil
from pathlib import Path

_LIMIT = 10_000_000
_KEPT = 3


def rotate(log: Path) -> None:
    """Put a log that has grown large aside as <name>.1, older ones as .2 and .3.

    For the moment before its writer starts: a file that is open would be written on.
    """
    if _is_large(log):
        log.replace(_first_aside(log))


def rotate_open(log: Path) -> bool:
    """The same with a log that processes append to: copied aside and emptied. Whether it was.

    Lines written between the two are lost, some of many thousand; so would be those that a full disk refuses.
    """
    if not _is_large(log):
        return False
    shutil.copyfile(log, _first_aside(log))
    os.truncate(log, 0)
    return True


def _is_large(log: Path) -> bool:
    return log.exists() and log.stat().st_size >= _LIMIT


def _first_aside(log: Path) -> Path:
    """<name>.1, free now: the older ones have moved on."""
    for number in range(_KEPT, 1, -1):
        newer = log.with_name(f"{log.name}.{number - 1}")
        if newer.exists():
            newer.replace(log.with_name(f"{log.name}.{number}"))
    return log.with_name(f"{log.name}.1")


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
