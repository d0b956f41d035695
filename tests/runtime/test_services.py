"""The servers of Debian's packages, started for real: with --services."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import kombu
import psycopg
import pytest

from runtime import services
from runtime.testing import TestCluster

Starter = Callable[[], AbstractContextManager[str]]


@pytest.fixture
def wanted(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--services"):
        pytest.skip("starts Debian's servers: run with --services")


@contextmanager
def skipping(service: AbstractContextManager[str]) -> Iterator[str]:
    """The service, or a skip whose reason says what to install."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(service)
        except services.NotInstalled as missing:
            pytest.skip(str(missing))
        yield url


@pytest.mark.usefixtures("wanted")
def test_tests_can_run_on_the_packaged_postgres() -> None:
    with skipping(services.debian_postgres()) as url:
        cluster = TestCluster(url).start()
        cluster.clone("template1", "clone")
        with psycopg.connect(cluster.dsn("clone")) as connection:
            row = connection.execute("SELECT current_user, inet_server_addr()::text").fetchone()
        cluster.stop()
        assert row == ("rationale_app", "127.0.0.1/32")


@pytest.mark.usefixtures("wanted")
@pytest.mark.parametrize("start", [services.debian_redis, services.debian_rabbitmq])
def test_celery_s_library_can_speak_to_the_packaged_brokers(start: Starter) -> None:
    with skipping(start()) as url, kombu.Connection(url) as connection:
        connection.SimpleQueue("bell").put("ring")
        assert connection.SimpleQueue("bell").get(timeout=60).payload == "ring"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "debian_folders", list)
    monkeypatch.setattr(services, "_RABBIT", Path("/none"))
    monkeypatch.setenv("PATH", "/none")
    asked = {
        services.debian_postgres: "apt install postgresql",
        services.debian_redis: "apt install redis-server",
        services.debian_rabbitmq: "apt install rabbitmq-server",
    }
    for start, advice in asked.items():
        with pytest.raises(services.NotInstalled, match=advice), start():
            pass
