"""The databases of the tests themselves."""

import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from runtime import roles
from runtime.testing import ADMIN_URL, TestCluster


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestCluster]:
    """The embedded one, whichever this run is on: on a server of others nobody's remains are dropped."""
    monkeypatch.delenv(ADMIN_URL, raising=False)
    started = TestCluster().start()
    yield started
    started.stop()


@pytest.fixture
def name(cluster: TestCluster) -> Iterator[str]:
    """The name of a template, dropped afterwards."""
    chosen = cluster.unique("rt")
    yield chosen
    for database in databases(cluster, f"{chosen}%"):
        cluster.drop(database)


def databases(cluster: TestCluster, pattern: str) -> list[str]:
    with psycopg.connect(cluster.superuser_dsn()) as connection:
        query = "SELECT datname FROM pg_database WHERE datname LIKE %s"
        return [str(row[0]) for row in connection.execute(query, [pattern])]


def make_table(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET ROLE rationale_owner")
        connection.execute("CREATE TABLE t AS SELECT 7 AS a")
        connection.execute("GRANT SELECT ON t TO rationale_app")


def test_a_template_is_prepared_once_and_cloned(cluster: TestCluster, name: str) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        make_table(url)

    template = cluster.create_template(name, prepare, "one")
    assert cluster.create_template(name, prepare, "one") == template
    assert cluster.create_template(name, prepare, "two") != template
    assert len(prepared) == 2

    clone = f"{name}_clone"
    cluster.clone(template, clone)
    cluster.clone(template, clone)
    with psycopg.connect(cluster.dsn(clone)) as connection:
        assert connection.execute("SELECT current_user, a FROM t").fetchall() == [(roles.APP, 7)]
    cluster.drop(clone)
    assert databases(cluster, clone) == []


def test_a_template_whose_preparation_failed_is_none(cluster: TestCluster, name: str) -> None:
    def fail(url: str) -> None:
        raise ValueError(url)

    with pytest.raises(ValueError, match="postgresql://"):
        cluster.create_template(name, fail, "one")
    assert cluster.create_template(name, make_table, "one") in databases(cluster, f"{name}%")


def test_connections_left_open_do_not_spoil_the_template(cluster: TestCluster, name: str) -> None:
    left: list[psycopg.Connection[tuple[object, ...]]] = []
    template = cluster.create_template(name, lambda url: left.append(psycopg.connect(url)), "one")
    cluster.clone(template, f"{name}_clone")
    left[0].close()


def test_three_templates_of_a_name_are_kept(cluster: TestCluster, name: str) -> None:
    made = [cluster.create_template(name, make_table, str(n)) for n in range(5)]
    assert set(databases(cluster, f"{name}%")) == set(made[2:])


def test_what_a_killed_run_left_is_dropped_by_the_next(cluster: TestCluster, name: str) -> None:
    script = (
        "import os; from runtime.testing import TestCluster; "
        f"TestCluster().start().clone('template1', '{name}'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    assert databases(cluster, name) == [name]
    TestCluster().start().stop()
    assert databases(cluster, name) == []


def test_a_remote_server_s_url_keeps_host_port_and_options() -> None:
    cluster = TestCluster("postgresql://admin:pw@db:5433/postgres?sslmode=require")
    url = cluster.dsn("clone", roles.APP)
    assert url.startswith("postgresql://rationale_app:")
    assert url.endswith("@db:5433/clone?sslmode=require")
    assert cluster.superuser_dsn("x") == "postgresql://admin:pw@db:5433/x?sslmode=require"
