"""The embedded PostgreSQL: one server per folder, shared by all processes that need it.

Unix socket only, in a folder closed to others; the operating system says who connects (peer), so
there is no password and no port. Whoever starts it first starts the server, whoever leaves last
stops it; a server left behind by a kill -9 is found, healed and used again.
"""

import contextlib
import fcntl
import os
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from runtime import roles
from runtime.accounts import own_name
from runtime.cluster import Cluster, open_cluster
from runtime.faults import RuntimeFault
from runtime.locks import locked, open_lock, try_lock
from runtime.logs import last_lines, rotate, rotate_open
from runtime.paths import make_folder, make_socket_folder, socket_dsn, socket_folder
from runtime.postmaster import clear_remains, end_postmaster, postmaster_pid

DATABASE = "rationale"
# For a small machine shared with workers that load models. The durability settings are the
# defaults, written down because the log's receipts depend on them.
DEFAULTS = (
    "listen_addresses=",
    "synchronous_commit=on",
    "fsync=on",
    "full_page_writes=on",
    "wal_compression=off",
    "max_wal_size=2GB",
    "checkpoint_timeout=15min",
    "shared_buffers=256MB",
    "effective_cache_size=1GB",
    "max_connections=100",
    "random_page_cost=1.1",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_line_prefix=%m [%p] %q%u@%d ",
)
# A test database dies with the test: what it loses in a power cut, nobody misses.
TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")

_BUSY = 180.0  # a first start on a slow disk holds the lock this long
_BROKEN_OFF = 1.0  # within this a server that pg_ctl has begun writes who it is
_RECOVERY = 600.0  # replaying 2 GB of log after a crash
_ORPHANS = 10.0  # until the workers of a killed server are gone


class EmbeddedPostgres:
    """A PostgreSQL server with its data below `base`.

    `options` are settings, "name=value"; `programs` is a folder of PostgreSQL's programs to use
    instead of those runtime.binaries would find.
    """

    def __init__(
        self, base: Path, options: Sequence[str] = (), programs: Path | None = None
    ) -> None:
        self.base = base.absolute()
        self._programs = programs
        self.options = (*DEFAULTS, *options)
        self._cluster: Cluster | None = None
        self._in_use: IO[str] | None = None

    def start(self) -> "EmbeddedPostgres":
        """The server accepts connections, and stays until we stop or die. May be called again."""
        make_folder(self.base, 0o711 if os.geteuid() == 0 else 0o700)
        with locked(self.base / ".lock", _BUSY):
            in_use = self._in_use or open_lock(self.base / ".inuse")
            fcntl.flock(in_use, fcntl.LOCK_SH)
            try:
                cluster = self._cluster = open_cluster(
                    self.base, self._programs, durable=self._durable()
                )
                if not self._serving(cluster):
                    self._launch(cluster)
            except BaseException as error:
                if not isinstance(error, Exception):
                    self._undo(in_use)
                in_use.close()
                self._in_use = None
                if isinstance(error, OSError):
                    raise RuntimeFault(
                        f"PostgreSQL in {self.base} cannot start: {error.strerror}."
                    ) from error
                raise
            self._in_use = in_use
        return self

    def stop(self, mode: str = "fast") -> bool:
        """Leave; the last user to leave stops the server. True when it was stopped."""
        if self._in_use is None or self._cluster is None:
            return False
        with locked(self.base / ".lock", _BUSY):
            in_use, self._in_use = self._in_use, None
            with in_use:
                if not try_lock(in_use):
                    return False
                self._end(self._cluster, mode)
                with contextlib.suppress(OSError):  # something of another's in it may stay
                    self.socket().rmdir()
        return True

    def kill(self, *, hard: bool = False) -> None:
        """Crash the server without leaving it: at once, or (`hard`) by kill -9 of its head."""
        if self._cluster is None:
            raise RuntimeFault(f"No server was started in {self.base}.")
        if hard:
            end_postmaster(self._cluster.data)
        else:
            self._end(self._cluster, "immediate")

    def alive(self) -> bool:
        """Whether the server process runs; costs two reads of /proc."""
        return self._cluster is not None and postmaster_pid(self._cluster.data) is not None

    def tend(self) -> None:
        """What is due now and then while it runs: its log must not fill the disk."""
        with contextlib.suppress(OSError):
            rotate_open(self._log())

    def last_words(self) -> str:
        """The end of the server's log, on one line."""
        return last_lines(self._log())

    def socket(self) -> Path:
        """The folder of the server's socket; known before the server was ever started."""
        return socket_folder(self.base)

    def dsn(self, database: str = DATABASE, role: str = roles.APP) -> str:
        """A postgresql:// URL for psycopg and Django."""
        return socket_dsn(self.socket(), database, role)

    def superuser_dsn(self, database: str = "postgres") -> str:
        """A URL for what only a superuser may do: event triggers, roles, databases."""
        return self.dsn(database, "postgres")

    def ensure_roles(self) -> None:
        """The product's roles exist; see runtime.roles."""
        roles.ensure_roles(self.superuser_dsn())

    def ensure_database(self, name: str = DATABASE) -> None:
        """The database exists, owned by the owner role and closed to strangers."""
        roles.ensure_database(self.superuser_dsn(), name)

    def _durable(self) -> bool:
        return "fsync=off" not in self.options

    def _serving(self, cluster: Cluster) -> bool:
        """Whether a live server answers; waits for one that is starting or recovering."""
        deadline = time.monotonic() + _RECOVERY
        while postmaster_pid(cluster.data) is not None:
            ready = cluster.tool("pg_isready", "-q", "-h", str(self.socket()))
            if ready.returncode == 0:
                return True
            if time.monotonic() > deadline:
                raise RuntimeFault(
                    f"PostgreSQL in {self.base} runs but has not answered for "
                    f"{_RECOVERY / 60:.0f} minutes; see {self._log()}."
                )
            time.sleep(0.1)
        return False

    def _launch(self, cluster: Cluster) -> None:
        """Start the server; a start that fails on the remains of a crash is repeated."""
        cluster.admit(own_name())
        socket = make_socket_folder(self.base, frozenset({os.geteuid(), cluster.account.uid}))
        cluster.account.own(socket)
        clear_remains(cluster.data, socket, _ORPHANS)
        rotate(self._log())
        deadline = time.monotonic() + _ORPHANS
        while True:
            before = self._log().stat().st_size if self._log().exists() else 0
            if self._pg_ctl_start(cluster, socket):
                return
            said = self._log().read_bytes()[before:].decode(errors="replace")
            crash = "shared memory block" in said or "lock file" in said
            if not crash or time.monotonic() > deadline:
                raise RuntimeFault(explain_failure(said, self._log(), self.base))
            time.sleep(0.2)

    def _undo(self, in_use: IO[str]) -> None:
        """End what a start that was broken off has begun, unless others use it.

        A signal ends pg_ctl, and not the server that it has made a moment before: nobody would know
        of that one, and nobody stop it.
        """
        deadline = time.monotonic() + _BROKEN_OFF
        while self._cluster is not None and time.monotonic() < deadline:
            if postmaster_pid(self._cluster.data) is not None:
                if try_lock(in_use):
                    self._end(self._cluster, "fast")
                return
            time.sleep(0.05)

    def _pg_ctl_start(self, cluster: Cluster, socket: Path) -> bool:
        settings = (*self.options, f"unix_socket_directories={socket}")
        arguments = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
        options = ["-s", "-w", "-t", f"{_RECOVERY:.0f}", "-o", arguments, "start"]
        # We open the log, not the server: it may run as an account that cannot write here.
        with open(os.open(self._log(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            started = cluster.tool("pg_ctl", "-D", str(cluster.data), *options, output=log)
        return started.returncode == 0

    def _end(self, cluster: Cluster, mode: str) -> None:
        stop = ["-D", str(cluster.data), "-s", "-w", "-t", "60", "-m"]
        if postmaster_pid(cluster.data) is None:
            return
        if cluster.tool("pg_ctl", *stop, mode, "stop").returncode != 0:
            # Clients that will not go are cut off; recovery at the next start loses nothing.
            cluster.tool("pg_ctl", *stop, "immediate", "stop")

    def _log(self) -> Path:
        return self.base / "server.log"


def explain_failure(said: str, log: Path, base: Path) -> str:
    """One sentence for what the server said when it did not start."""
    if "No space left on device" in said:
        return (
            f"The disk is full: PostgreSQL cannot start in {base}; free some space and try again."
        )
    if "shared memory block" in said or "lock file" in said or "in use" in said:
        return (
            f"Another process still uses the socket or the memory of PostgreSQL in {base}; "
            f"wait for it to end, or end it; see {log}."
        )
    last = " / ".join(line.strip() for line in said.strip().splitlines()[-4:])
    return f"PostgreSQL in {base} did not start; its last words, from {log}: {last or 'none'}"
