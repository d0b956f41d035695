"""Databases for tests: one server shared by all test runs, a migrated template, quick clones.

The server is the embedded one with its safety off. Its data lie in memory where there is room, for
copying a template of a thousand small files takes 15 ms there and 400 ms on a disk; they stay until
the machine restarts, so that the next run finds its template. RATIONALE_TEST_ADMIN_URL, the URL of a
superuser, names another server. DATABASE_URL is not looked at: a test run must not reach the server a
shell happens to be set up for.
"""

import contextlib
import hashlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from runtime import paths, roles
from runtime.faults import RuntimeFault
from runtime.postgres import TESTS, EmbeddedPostgres

ADMIN_URL = "RATIONALE_TEST_ADMIN_URL"
_KEPT_TEMPLATES = 3
_MEMORY = Path("/dev/shm")  # noqa: S108 - owner and kind are checked
_ROOM = 2 << 30
_counter = itertools.count(1)

Connection = psycopg.Connection[tuple[object, ...]]


class TestCluster:
    """A PostgreSQL server tests may make and drop databases on."""

    __test__ = False  # pytest collects classes by this name

    def __init__(self, admin_url: str | None = None) -> None:
        self._admin = admin_url or os.environ.get(ADMIN_URL, "")
        self._embedded: EmbeddedPostgres | None = None
        self._ruler: Connection | None = None

    def start(self) -> "TestCluster":
        """The server answers, the product's roles exist, remains of killed runs are gone."""
        if self._admin:
            roles.ensure_roles(self.superuser_dsn(), self._password())
            return self
        self._embedded = EmbeddedPostgres(_folder() / "postgres", TESTS).start()
        self._embedded.ensure_roles()
        self._drop_orphans()
        return self

    def stop(self) -> None:
        """Leave; the last run to leave stops the embedded server."""
        if self._ruler:
            self._ruler.close()
        if self._embedded:
            self._embedded.stop()

    def dsn(self, database: str, role: str = roles.APP) -> str:
        """The URL for `role`, one of runtime.roles that can log in."""
        if self._embedded:
            return self._embedded.dsn(database, role)
        return self._remote(database, f"{role}:{self._password()}")

    def superuser_dsn(self, database: str = "postgres") -> str:
        """The URL for what only a superuser may do."""
        if self._embedded:
            return self._embedded.superuser_dsn(database)
        return self._remote(database, urlsplit(self._admin).netloc.rpartition("@")[0])

    def create_template(self, name: str, prepare: Callable[[str], None], fingerprint: str) -> str:
        """A database to clone from, made by `prepare(url of rationale_migrator)`; its real name.

        Made once for each fingerprint, by whichever run comes first; the others wait for it. It is
        prepared under another name: a template that exists is whole.
        """
        template = f"{name}_{hashlib.sha256(fingerprint.encode()).hexdigest()[:12]}"
        admin = self._admin_connection()
        with _alone(admin, template):
            if template not in _databases(admin):
                draft = f"{template}_draft"
                self._create(admin, draft, None)
                prepare(self.dsn(draft, roles.MIGRATOR))
                _disconnect(admin, draft)
                _mark(admin, draft, f"template {name}")
                _execute(admin, "ALTER DATABASE {} RENAME TO {}", draft, template)
                for old in _marked(admin, f"template {name}")[:-_KEPT_TEMPLATES]:
                    self.drop(old[0])
        return template

    def clone(self, template: str, name: str) -> None:
        """A fresh database `name`, equal to the template; one of that name is dropped first."""
        self._create(self._admin_connection(), name, template)

    def drop(self, name: str) -> None:
        """The database `name` is gone, whoever was connected to it."""
        _execute(self._admin_connection(), "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def unique(self, name: str) -> str:
        """A database name no other run uses at the same time."""
        return f"{name}_{os.getpid()}_{next(_counter)}"

    def _create(self, admin: Connection, name: str, template: str | None) -> None:
        _execute(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        # The other strategy writes every page to the log as well.
        statement = "CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy"
        _execute(admin, statement, name, roles.OWNER, template or "template1")
        roles.admit(admin, name)
        _mark(admin, name, f"test {os.getpid()}")

    def _drop_orphans(self) -> None:
        """Drop what runs that were killed left behind."""
        for name, mark in _marked(self._admin_connection(), "test %"):
            if not Path(f"/proc/{mark.split()[1]}").exists():
                self.drop(name)

    def _remote(self, database: str, login: str) -> str:
        parts = urlsplit(self._admin)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{login}@{host}", path=f"/{quote(database)}"))

    def _password(self) -> str:
        """The same in every test run against one server, and told by nobody."""
        return hashlib.sha256(f"rationale test {self._admin}".encode()).hexdigest()[:32]

    def _admin_connection(self) -> Connection:
        """One for all: two more for each test's database would take a fifth of what the database does."""
        if self._ruler is None or self._ruler.closed:
            self._ruler = psycopg.connect(self.superuser_dsn(), autocommit=True)
        return self._ruler


def _folder() -> Path:
    """Where the server's data lie: in memory if it is ours and has room, else in ``var/test``."""
    var = paths.var()
    mode = var.stat().st_mode & 0o777
    digest = hashlib.sha256(str(var).encode()).hexdigest()[:12]
    place = _MEMORY / f"rationale-{os.geteuid()}-{digest}"
    with contextlib.suppress(OSError, RuntimeFault):
        if shutil.disk_usage(_MEMORY).free > _ROOM:
            paths.make_folder(place, mode)
            # Everybody may write in that folder: take nothing that another user left there for us.
            if place.lstat().st_uid == os.geteuid() and not place.is_symlink():
                return place
    return paths.make_folder(var / "test", mode)


def _execute(admin: Connection, statement: LiteralString, *names: str) -> None:
    admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _mark(admin: Connection, database: str, text: str) -> None:
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
    admin.execute(statement.format(sql.Identifier(database), sql.Literal(text)))


def _marked(admin: Connection, pattern: str) -> list[tuple[str, str]]:
    """Databases whose comment matches, with the comment, oldest first."""
    query = """
        SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database
         WHERE shobj_description(oid, 'pg_database') LIKE %s ORDER BY oid"""
    return [(str(name), str(mark)) for name, mark in admin.execute(query, [pattern])]


def _databases(admin: Connection) -> set[str]:
    return {str(row[0]) for row in admin.execute("SELECT datname FROM pg_database")}


def _disconnect(admin: Connection, database: str) -> None:
    """End the connections a pool may have kept: a database in use cannot be renamed."""
    admin.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
        [database],
    )


@contextmanager
def _alone(admin: Connection, name: str) -> Iterator[None]:
    """One run at a time prepares the template `name`."""
    admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
    try:
        yield
    finally:
        admin.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
