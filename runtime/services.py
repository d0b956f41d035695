"""Servers from Debian's packages, for running the tests against what production uses.

Each listens on a free port of 127.0.0.1, keeps its data in a temporary folder, and is gone with its
block. NotInstalled says what to install when a package is missing.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from runtime.binaries import debian_folders
from runtime.faults import RuntimeFault
from runtime.postgres import TESTS, EmbeddedPostgres
from runtime.process import Child, Process

HOST = "127.0.0.1"
_RABBIT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class NotInstalled(RuntimeFault):
    """The server's package is missing; a test prints the text as its reason to skip."""


@contextmanager
def debian_postgres() -> Iterator[str]:
    """The newest packaged PostgreSQL; yields a superuser's URL, over TCP with a password."""
    folder = next(iter(debian_folders()), None)
    if folder is None:
        raise NotInstalled("Debian's PostgreSQL is not here: apt install postgresql.")
    with _temporary_folder("postgres") as base:
        port = free_port()
        rules = base / "access.conf"
        rules.write_text("local all all peer map=local\nhost all all 127.0.0.1/32 scram-sha-256\n")
        rules.chmod(0o644)
        options = (*TESTS, f"listen_addresses={HOST}", f"port={port}", f"hba_file={rules}")
        server = EmbeddedPostgres(base, options, folder)
        try:
            yield _admin_url(server.start(), port)
        finally:
            server.stop()


@contextmanager
def debian_redis() -> Iterator[str]:
    """The packaged Redis; yields its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise NotInstalled("Debian's Redis is not here: apt install redis-server.")
    with _temporary_folder("redis") as base:
        port = free_port()
        flags = ["--port", str(port), "--bind", HOST, "--dir", str(base), "--save", ""]
        with _running(Process("redis", [program, *flags], ready=lambda: _says(port)), base):
            yield f"redis://{HOST}:{port}/0"


@contextmanager
def debian_rabbitmq() -> Iterator[str]:
    """The packaged RabbitMQ, a node of its own; yields its URL."""
    if not _RABBIT.exists():
        raise NotInstalled("Debian's RabbitMQ is not here: apt install rabbitmq-server.")
    with _temporary_folder("rabbitmq") as base:
        port, name_port = free_port(), free_port()
        (base / "plugins").write_text("[].\n")
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(base),  # Erlang keeps its cookie there
            "RABBITMQ_NODENAME": f"rationale-{os.getpid()}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(base / "data"),
            "RABBITMQ_LOG_BASE": str(base / "log"),
            "RABBITMQ_CONFIG_FILE": str(base / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(base / "plugins"),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(name_port),
        }
        process = Process(
            "rabbitmq", [str(_RABBIT)], env=environment, ready=lambda: _greets(port), grace=20
        )
        try:
            with _running(process, base):
                yield f"amqp://guest:guest@{HOST}:{port}//"
        finally:
            # Erlang's name server outlives the node that started it.
            subprocess.run(
                ["epmd", "-port", str(name_port), "-kill"], capture_output=True, check=False
            )


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _admin_url(server: EmbeddedPostgres, port: int) -> str:
    password = secrets.token_hex(16)
    with psycopg.connect(f"{server.superuser_dsn()}&port={port}", autocommit=True) as connection:
        statement = sql.SQL("CREATE ROLE admin SUPERUSER LOGIN PASSWORD {}")
        connection.execute(statement.format(sql.Literal(password)))
    return f"postgresql://admin:{password}@{HOST}:{port}/postgres"


@contextmanager
def _temporary_folder(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"rationale-{name}-"))
    try:
        folder.chmod(0o711)  # the server may run as another account
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(process: Process, logs: Path) -> Iterator[None]:
    child = Child(process, logs)
    try:
        child.start()
        yield
    finally:
        child.stop()


def _says(port: int) -> bool:
    return _asked(port, b"PING\r\n").startswith(b"+PONG")


def _greets(port: int) -> bool:
    """A broker that accepts the protocol's header answers with its first method frame."""
    return _asked(port, b"AMQP\x00\x00\x09\x01").startswith(b"\x01")


def _asked(port: int, words: bytes) -> bytes:
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(words)
            return connection.recv(64)
    except OSError:
        return b""
