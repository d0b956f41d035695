"""The demonstration against the servers of Debian's packages instead of the embedded ones: with --services."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from runtime import roles, services
from runtime.paths import ROOT
from runtime.services import free_port
from runtime.testing import TestCluster
from tests.journeys.processes import leashed
from tests.journeys.world import MANAGE, clean_environment
from tests.runtime.conftest import reachable_folder

WITHIN = 500.0
Starter = Callable[[], AbstractContextManager[str]]


def entered(request: pytest.FixtureRequest, start: Starter) -> Iterator[str]:
    if not request.config.getoption("--services"):
        pytest.skip("starts Debian's servers: run with --services")
    try:
        with start() as url:
            yield url
    except services.NotInstalled as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def postgres(request: pytest.FixtureRequest) -> Iterator[str]:
    yield from entered(request, services.debian_postgres)


@pytest.fixture(scope="module")
def redis(request: pytest.FixtureRequest) -> Iterator[str]:
    yield from entered(request, services.debian_redis)


@pytest.fixture(scope="module")
def rabbitmq(request: pytest.FixtureRequest) -> Iterator[str]:
    yield from entered(request, services.debian_rabbitmq)


def with_roles(admin: str, name: str) -> dict[str, str]:
    """A database as docs/operations.md sets it up: owner, migrator and application apart."""
    cluster = TestCluster(admin).start()
    cluster.clone("template0", name)
    cluster.stop()
    return {
        "DATABASE_URL": cluster.dsn(name),
        "DATABASE_OWNER_URL": cluster.dsn(name, roles.MIGRATOR),
        "RATIONALE_OWNER_ROLE": roles.OWNER,
    }


def with_one_role(admin: str, name: str) -> dict[str, str]:
    """A database that belongs to the one who uses it, as hosting companies hand them out."""
    with psycopg.connect(admin, autocommit=True) as connection:
        role = sql.Identifier(name)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'secret'").format(role))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
    host = urlsplit(admin).netloc.rpartition("@")[2]
    return {"DATABASE_URL": urlunsplit(("postgresql", f"{name}:secret@{host}", f"/{name}", "", ""))}


def smoke(**servers: str) -> subprocess.CompletedProcess[str]:
    """The smoke demonstration on these servers; none of our own was started for it."""
    with reachable_folder() as folder:
        argv = [sys.executable, str(MANAGE), "demo", "--smoke", "--port", str(free_port())]
        done = subprocess.run(
            leashed(argv), env=clean_environment(folder / "var", **servers), cwd=ROOT, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=WITHIN,
        )  # fmt: skip
        if done.returncode:
            print(logs(folder / "var" / "log"))
        started = {path.name for path in (folder / "var").iterdir()}
        assert ("postgres" in started) == ("DATABASE_URL" not in servers)
        assert ("valkey" in started) == ("CELERY_BROKER_URL" not in servers)
    return done


def logs(folder: Path) -> str:
    return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in folder.glob("*.log"))


def assert_holds(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr[-3000:]
    assert "The demonstration holds." in done.stderr


def test_postgres_with_its_roles_and_redis(postgres: str, redis: str) -> None:
    servers = with_roles(postgres, "apart")
    assert_holds(smoke(CELERY_BROKER_URL=redis, **servers))
    with psycopg.connect(servers["DATABASE_URL"]) as connection:
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(owners).fetchall() == [(roles.OWNER,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE audit_entry SET header = ''")


def test_postgres_with_one_role_and_rabbitmq(postgres: str, rabbitmq: str) -> None:
    assert_holds(smoke(CELERY_BROKER_URL=rabbitmq, **with_one_role(postgres, "plain")))


def test_the_embedded_postgres_with_rabbitmq(rabbitmq: str) -> None:
    assert_holds(smoke(CELERY_BROKER_URL=rabbitmq))


def test_a_server_that_does_not_answer_is_one_sentence(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--services"):
        pytest.skip("run with --services")
    port = free_port()
    done = smoke(
        DATABASE_URL=f"postgresql://nobody:x@127.0.0.1:{port}/none",
        CELERY_BROKER_URL="redis://127.0.0.1:1/0",
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(port) in done.stderr
