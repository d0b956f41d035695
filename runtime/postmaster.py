"""What runs, or ran, in a PostgreSQL data folder, as /proc tells it.

`pg_ctl status` calls a postmaster alive that is a zombie (containers whose first process reaps
nothing) or whose number another program has since been given. Both happen after a kill -9.
"""

import os
import signal
import time
from pathlib import Path

PROC = Path("/proc")


def postmaster_pid(data: Path) -> int | None:
    """The process id of the server living in `data`, or None."""
    pid = _written_pid(data)
    if pid is None or not _runs(pid):
        return None
    return pid if not PROC.is_dir() or _lives_in(pid, data) else None


def clear_remains(data: Path, socket: Path, within: float) -> None:
    """Make way for a new server where the last one died.

    The dead server's workers must be gone first: two servers on one shared memory destroy the
    data, and PostgreSQL's own guard against that is the file we remove here. So nothing is touched
    while any process still lives in the folder, nor when the written process does not exist:
    that case PostgreSQL sees through itself.
    """
    note = data / "postmaster.pid"
    pid = _written_pid(data)
    if not note.exists() or not PROC.is_dir():
        return
    deadline = time.monotonic() + within
    while tenants(data) and time.monotonic() < deadline:
        time.sleep(0.05)
    # A note that names nobody was cut short with the machine: PostgreSQL would not start over it.
    if (pid is None or _exists(pid)) and not tenants(data):
        note.unlink(missing_ok=True)
        for left in socket.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)


def tenants(data: Path) -> list[int]:
    """The live processes of a server in `data`: each of them works in that folder."""
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _lives_in(pid, data)]


def end_postmaster(data: Path) -> None:
    """kill -9 the server in `data`, as the kernel would when memory runs out."""
    pid = postmaster_pid(data)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def _written_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _runs(pid: int) -> bool:
    try:
        state = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return not PROC.is_dir() and _exists(pid)
    return state != "Z"


def _lives_in(pid: int, data: Path) -> bool:
    try:
        return (PROC / str(pid) / "cwd").samefile(data)
    except OSError:  # gone meanwhile, a zombie, or another user's
        return False
