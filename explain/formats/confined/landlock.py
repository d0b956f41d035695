"""Which files a confined process may read: Python's own, and no others (Landlock, Linux 5.13 and later)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from typing import Final

# The same numbers on every architecture.
CREATE, ADD, RESTRICT = 444, 445, 446
RIGHTS: Final = (
    1 << 13
) - 1  # every right of the first version: read, write, make, remove, execute
READ: Final = 1 << 2 | 1 << 3  # READ_FILE, READ_DIR
READ_FILE: Final = 1 << 2


def version() -> int:
    """Of Landlock in this kernel; 0 where there is none."""
    found = ctypes.CDLL(None, use_errno=True).syscall(CREATE, None, 0, 1)
    return max(int(found), 0)


def enter(readable: Iterable[str]) -> None:
    """From here on only these paths, and what is below them, can be opened, for reading.

    no_new_privs must be set. Raises OSError where the kernel does not do it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    rights = struct.pack("=Q", RIGHTS)
    rules = libc.syscall(CREATE, rights, len(rights), 0)
    if rules < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    for path in readable:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            allowed = READ if os.path.isdir(path) else READ_FILE
            if libc.syscall(ADD, rules, 1, struct.pack("=Qi", allowed, place), 0):
                raise OSError(ctypes.get_errno(), f"landlock: {path}")
        finally:
            os.close(place)
    if libc.syscall(RESTRICT, rules, 0):
        raise OSError(ctypes.get_errno(), "landlock")
    os.close(rules)
