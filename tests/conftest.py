"""A real PostgreSQL for every test: one migrated template, one clone per pytest process, fresh clones on demand."""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from governance.configuration import connection_options, parse_database_url
from runtime.testing import TestCluster
from tests.environment import STATIC
from tests.packaged import use_packaged_postgres

ROOT = Path(__file__).resolve().parent.parent


# How long an example takes says something of the machine's other work, nothing of our code.
hypothesis_settings.register_profile("rationale", deadline=None)
hypothesis_settings.load_profile("rationale")
# The longest first, or at the end one core waits for the other; and between the two that wait most for others
# (chaos and journeys) what computes, so that they do not wait at the same time.
ORDER = ("tests/audit/test_chaos.py", "tests/explain/", "tests/journeys/", "tests/runtime/")
# These speak to one served product, which takes long to start: they run in one process.
SERVED = ("test_bad_input", "test_erasure_journey", "test_promises")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--soak", action="store_true", help="also run the slow fault and endurance tests"
    )
    parser.addoption(
        "--services",
        action="store_true",
        help="run on Debian's PostgreSQL, and the product with its Redis and RabbitMQ too",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--services"):
        use_packaged_postgres(config)


def place(item: pytest.Item) -> int:
    """When a test's turn comes: those of ORDER one after the other, then all the rest."""
    return next((at for at, path in enumerate(ORDER) if item.nodeid.startswith(path)), len(ORDER))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=place)
    if config.getoption("--soak"):
        return
    skip = pytest.mark.skip(reason="a soak test: run with --soak")
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays to the end: looking through it for garbage, again and again, takes seconds."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A parallel run by file: each file in one process, and those about the served product in the same one."""
    from xdist.scheduler import LoadFileScheduling

    class ByHouse(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = super()._split_scope(nodeid)
            return "the served product" if Path(path).stem in SERVED else path

    return ByHouse(config, log) if config.getvalue("dist") == "loadfile" else None


def fingerprint() -> str:
    """Changes when anything that shapes the database changes, so that a stale template is made anew."""
    digest = hashlib.sha256()
    walls = ("guards", "grants", "partitions", "tripwires", "weaknesses")
    sources = [*ROOT.glob("*/migrations/*.py"), *(ROOT / f"audit/{name}.py" for name in walls)]
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def speaking_to(url: str, *, role: str = "") -> Iterator[None]:
    """Point Django's one connection at another database for a while."""
    connections.close_all()
    default = connections.databases["default"]
    before = dict(default)
    close_pool()
    target = parse_database_url(url)
    target["OPTIONS"]["options"] = connection_options(role)
    default.update(target)
    forget_connection()
    try:
        yield
    finally:
        connections.close_all()
        close_pool()
        default.clear()
        default.update(before)
        forget_connection()


def close_pool() -> None:
    connection.close()
    if getattr(connection, "_connection_pools", None):
        connection.close_pool()


def forget_connection() -> None:
    """Drop this thread's wrapper, whose settings were read when it was made."""
    try:
        del connections["default"]
    except AttributeError:
        return


@pytest.fixture(scope="session")
def cluster() -> Iterator[TestCluster]:
    started = TestCluster()
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def template(cluster: TestCluster, django_db_blocker: pytest.FixtureRequest) -> str:
    def prepare(url: str) -> None:
        superuser = cluster.superuser_dsn(parse_database_url(url)["NAME"])
        with django_db_blocker.unblock(), speaking_to(url, role="rationale_owner"):
            call_command("migrate", verbosity=0)
            call_command("guardlog", superuser_url=superuser, stdout=StringIO())

    return cluster.create_template("rationale_template", prepare, fingerprint())


@pytest.fixture(scope="session")
def django_db_setup(
    cluster: TestCluster, template: str, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """pytest-django's database: a clone of the template, spoken to as the application."""
    name = f"rationale_test_{os.getpid()}"
    cluster.clone(template, name)
    with (
        django_db_blocker.unblock(),
        speaking_to(cluster.dsn(name, "rationale_app")),
        django_db_blocker.block(),
    ):
        yield
    cluster.drop(name)


@contextmanager
def clone_of(source: str, cluster: TestCluster, blocker: Any) -> Iterator[str]:
    """A throw-away copy of that database, and Django speaking to it. Yields the application's URL."""
    name = cluster.unique("rationale_fresh")
    cluster.clone(source, name)
    url = cluster.dsn(name, "rationale_app")
    with blocker.unblock(), speaking_to(url):
        yield url
    cluster.drop(name)


@pytest.fixture
def fresh_db(cluster: TestCluster, template: str, django_db_blocker: Any) -> Iterator[str]:
    """A throw-away database in which commits are real. Yields the application's URL."""
    with clone_of(template, cluster, django_db_blocker) as url:
        yield url


@pytest.fixture(scope="session")
def built_world(
    cluster: TestCluster,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: pytest.FixtureRequest,
) -> Iterator[Any]:
    """What the ``world`` of tests/factories.py is cloned from. Here, so that all folders share one."""
    from tests.factories import build_world  # which brings much along: not for every run

    with django_db_blocker.unblock():
        built = build_world(cluster, template, tmp_path_factory.mktemp("world"))
    yield built
    cluster.drop(built.database)


@pytest.fixture(autouse=True)
def own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, artefacts and published checkpoints of each test lie in its own folder."""
    monkeypatch.setattr(settings, "AUDIT_PUBLIC", tmp_path / "public")
    monkeypatch.setattr(settings, "EXPLAIN_ARTEFACTS", tmp_path / "artefacts")
    monkeypatch.setattr(settings, "EXPLAIN_TABLES", tmp_path / "tables")


@pytest.fixture(autouse=True)
def plain_static(settings: Settings) -> None:
    """Pages name their files as they are: tests need no collectstatic before them."""
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}
    settings.STATIC_ROOT = STATIC
    # Looked for when asked for. Else each test client's first request reads every static file there is.
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def own_cache(settings: Settings) -> None:
    """The cache of installations without Redis or Valkey: it is emptied with the test's database."""
    backend = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "governance_cache"}}
