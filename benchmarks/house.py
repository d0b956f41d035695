"""A durable house of its own for measuring: PostgreSQL as the product runs it, and installations.

Each benchmark gets an installation: a database and a var folder cloned from one that is migrated,
guarded and registered. Servers are the product's own processes and listen on the loopback only.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql

from benchmarks.hands import Hand
from benchmarks.machine import Watch
from governance import serving
from runtime import roles
from runtime.accounts import server_account
from runtime.binaries import find_postgres
from runtime.paths import make_folder
from runtime.postgres import EmbeddedPostgres
from runtime.process import Child
from runtime.services import free_port
from runtime.valkey import EmbeddedValkey

HOST = "127.0.0.1"
BASELINE = "baseline"
_PEERS = "peers"


@dataclass(frozen=True)
class Prepared:
    """Who may speak to an installation: an application's key, and a signed-in person's session."""

    key: str
    session: str


class Installation:
    """A database with its keys, artefacts and checkpoint store."""

    def __init__(self, house: House, name: str) -> None:
        self.name = name
        self.folder = house.folder / "installations" / name
        self._house = house
        self.prepared = house.prepared
        self.env = {
            **os.environ,
            "RATIONALE_VAR": str(self.folder),
            "RATIONALE_NO_BOOTSTRAP": "1",
            "DATABASE_URL": house.postgres.dsn(name, roles.APP),
            "DATABASE_OWNER_URL": house.postgres.dsn(name, roles.MIGRATOR),
            "RATIONALE_OWNER_ROLE": roles.OWNER,
            "CELERY_BROKER_URL": house.valkey.url(),
            "NUMBA_CACHE_DIR": str(house.folder / "numba"),
            "PROMETHEUS_MULTIPROC_DIR": str(self.folder / "run" / "metrics"),
            "DJANGO_SETTINGS_MODULE": "governance.settings",
            "RATIONALE_LOG_LEVEL": "WARNING",
        }

    @property
    def templates(self) -> str:
        return str(self._house.folder / "templates.ndjson")

    def hand(self) -> Hand:
        """A process whose Django is this installation's."""
        return Hand(self.env, self._house.log / f"{self.name}-hand.log")

    @contextmanager
    def hands(self, count: int) -> Iterator[list[Hand]]:
        with ExitStack() as stack:
            yield [stack.enter_context(self.hand()) for _ in range(count)]

    @contextmanager
    def web(self) -> Iterator[str]:
        """The product's web server, two workers of four threads. Yields its address, host:port."""
        port = free_port()
        with self._process("web", port):
            yield f"{HOST}:{port}"

    @contextmanager
    def sequencer(self) -> Iterator[None]:
        with self._process("sequencer", 0):
            yield

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Every follower: projections, access notes, explanations, by the product's heartbeats."""
        with self._process("worker", 0):
            yield

    def superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._house.postgres.superuser_dsn(self.name), autocommit=True)

    @contextmanager
    def _process(self, name: str, port: int) -> Iterator[None]:
        made = serving.processes(self.env, host=HOST, port=port, web=2, workers=2)
        child = Child(
            next(one for one in made if one.name == name), make_folder(self.folder / "log")
        )
        try:
            child.start()
            yield
        finally:
            child.stop()


class House:
    """The servers and the first installation; leaving it stops and removes everything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder / "postgres")
        self.valkey = EmbeddedValkey(folder / "valkey")
        self.log = folder / "log"
        self.prepared = Prepared("", "")
        self._postmaster = 0
        self._made: set[str] = set()

    def __enter__(self) -> House:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def installation(self, name: str) -> Installation:
        """A clone of the first installation, as it is right after registering the model."""
        return self._clone(name)

    def drop(self, installation: Installation) -> None:
        """Its database and folder are gone: the next benchmark finds the memory free."""
        self._admin("DROP DATABASE IF EXISTS {} WITH (FORCE)", installation.name)
        self._made.discard(installation.name)
        shutil.rmtree(installation.folder, ignore_errors=True)

    def tool(self, name: str) -> Path:
        """One of PostgreSQL's own programs."""
        return find_postgres(server_account(self.folder / "postgres" / "data")).folder / name

    def client(self) -> Hand:
        """A process without Django: a client, or a peer's."""
        return Hand(self.peer_env(), self.log / "clients.log")

    def peer_env(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.settings",
            "PEERS_DATABASE_URL": self.postgres.dsn(_PEERS, "postgres"),
        }

    @contextmanager
    def clients(self, count: int) -> Iterator[list[Hand]]:
        with ExitStack() as stack:
            yield [stack.enter_context(self.client()) for _ in range(count)]

    def baseline_dsn(self) -> str:
        return self.postgres.superuser_dsn(BASELINE)

    def fresh_heap(self, column: str) -> None:
        """An empty table ``heap`` without any index, and a checkpoint: each round begins alike."""
        with psycopg.connect(self.baseline_dsn(), autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS heap")
            connection.execute(sql.SQL("CREATE TABLE heap (body {})").format(sql.SQL(column)))  # type: ignore[arg-type]
            connection.execute("ALTER TABLE heap ALTER body SET STORAGE EXTERNAL")
        self.settle()

    def settle(self) -> None:
        """Write out what the round before left dirty, so that no round pays for another's."""
        with psycopg.connect(self.postgres.superuser_dsn(), autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def watch(self) -> Watch:
        return Watch(lambda: (os.getpid(), self._postmaster))

    def _start(self) -> None:
        make_folder(self.log)
        self.postgres.start()
        self.postgres.ensure_roles()
        self.valkey.start()
        with psycopg.connect(self.postgres.superuser_dsn(), autocommit=True) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
            for name in (BASELINE, _PEERS):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        pid_file = Path(str(row[0] if row else "")) / "postmaster.pid"
        self._postmaster = int(pid_file.read_text().split()[0])
        self._found_first()

    def _found_first(self) -> None:
        self.postgres.ensure_database("first")
        first = Installation(self, "first")
        for place in ("keys", "run", "log", "public", "artefacts"):
            make_folder(first.folder / place)
        owner = {**first.env, "RATIONALE_DB_AS": "owner"}
        serving.manage("migrate", "-v0", env=owner)
        superuser = self.postgres.superuser_dsn(first.name)
        serving.manage("guardlog", "--superuser-url", superuser, env=owner)
        serving.manage("collectstatic", "-v0", "--noinput", env=first.env)
        with first.hand() as hand:
            self.prepared = Prepared(
                **hand.ask("jobs.preparing.prepare", templates=first.templates)
            )

    def _clone(self, name: str) -> Installation:
        if name in self._made:
            self.drop(Installation(self, name))
        self._admin("CREATE DATABASE {} OWNER {} TEMPLATE {}", name, roles.OWNER, "first")
        self._made.add(name)
        with psycopg.connect(self.postgres.superuser_dsn(), autocommit=True) as connection:
            roles.admit(connection, name)
        made = Installation(self, name)
        shutil.copytree(self.folder / "installations" / "first", made.folder)
        return made

    def _admin(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.postgres.superuser_dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]

    def _stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()
        elsewhere = self.folder / "postgres" / "elsewhere"
        places: Sequence[Path] = [self.folder]
        if elsewhere.exists():
            places = [Path(elsewhere.read_text().strip()), self.folder]
        for place in places:
            shutil.rmtree(place, ignore_errors=True)
