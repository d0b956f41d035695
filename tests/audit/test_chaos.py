"""Nothing acknowledged is lost, doubled or moved, whatever dies; and the test would notice.

The seed is printed; RATIONALE_CHAOS_SEED repeats a run, as far as a machine repeats itself.
"""

import os
import shutil
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from psycopg.sql import SQL, Identifier

from audit import locks, publisher, sequencer
from audit.window import ZERO, Entry, Point, Window
from runtime import paths, roles
from runtime.postgres import EmbeddedPostgres
from tests import conftest
from tests.audit.chaos import Chaos, Trouble, Verdict
from tests.audit.lines import write
from tests.conftest import speaking_to

TEMPLATE = "chaos_template"


@pytest.fixture(scope="module")
def server(django_db_blocker: Any) -> Iterator[EmbeddedPostgres]:
    """A durable server of this test's own, with a migrated template."""
    base = paths.make_folder(paths.var() / "test", paths.var().stat().st_mode & 0o777)
    started = EmbeddedPostgres(base / f"chaos-{os.getpid()}", ["wal_writer_delay=10s"])
    started.start()
    started.ensure_roles()
    started.ensure_database(TEMPLATE)
    url = started.dsn(TEMPLATE, roles.MIGRATOR)
    with django_db_blocker.unblock(), speaking_to(url, role=roles.OWNER):
        call_command("migrate", verbosity=0)
        superuser = started.superuser_dsn(TEMPLATE)
        call_command("guardlog", superuser_url=superuser, stdout=StringIO())
    yield started
    started.stop()
    shutil.rmtree(started.base)


@pytest.fixture
def database(server: EmbeddedPostgres, django_db_blocker: Any) -> Iterator[str]:
    server.start()
    name = f"chaos_{time.monotonic_ns()}"
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as ruler:
        ruler.execute(
            SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                Identifier(name), Identifier(roles.OWNER), Identifier(TEMPLATE)
            )
        )
        roles.admit(ruler, name)
    with django_db_blocker.unblock(), speaking_to(server.dsn(name)):
        yield name


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop tries again sooner: a test has only seconds."""
    monkeypatch.setattr(sequencer, "RETRY", 0.05)
    monkeypatch.setattr(sequencer, "ASK_AGAIN", 0.2)
    monkeypatch.setattr(locks, "_ASK_AGAIN", 0.02)


def put_through(
    server: EmbeddedPostgres, folder: Path, seconds: float, crashes: int
) -> tuple[Trouble, Verdict]:
    seed = int(os.environ.get("RATIONALE_CHAOS_SEED") or time.time_ns() % 1_000_000)
    chaos = Chaos(server, folder / "chaos", seed, seconds, crashes)
    chaos.run()
    verdict = chaos.verdict()
    print(f"seed {seed}: {chaos.trouble}, {verdict}")
    return chaos.trouble, verdict


@pytest.mark.usefixtures("database", "quick")
def test_nothing_is_lost_doubled_or_moved(server: EmbeddedPostgres, tmp_path: Path) -> None:
    trouble, verdict = put_through(server, tmp_path, seconds=12, crashes=2)
    assert verdict.sound, verdict
    assert verdict.acknowledged > 200
    assert verdict.published > 10
    assert min(trouble.sequencers_killed, trouble.sessions_cut, trouble.server_crashes) > 0


# ------------------------------------------------------------- controls: these must be found out


class ByTime(Window):
    """What one writes at first: go on after the last id. Ids are of the time of writing, and a
    transaction that commits late has earlier ones than its neighbours."""

    def __init__(self, cursor: Any, state: Any, settled: Any, *, whole: bool) -> None:
        super().__init__(cursor, state, None, whole=whole)
        self._last: UUID = state.low_id

    def fetch(self, limit: int) -> list[Entry]:
        self._cursor.execute(
            "SELECT id, leaf_hash FROM audit_entry WHERE id > %s ORDER BY id LIMIT %s",
            [self._last, limit],
        )
        self.entries = [Entry(row[0].bytes, bytes(row[1]), 0) for row in self._cursor.fetchall()]
        self.complete = len(self.entries) < limit
        return self.entries

    def next_low(self) -> Point:
        return (0, UUID(bytes=self.entries[-1].id) if self.entries else self._last or ZERO)


@pytest.mark.usefixtures("database", "quick")
def test_a_cursor_over_ids_is_found_out(
    server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "Window", ByTime)
    _, verdict = put_through(server, tmp_path, seconds=5, crashes=0)
    assert verdict.lost > 0
    assert verdict.unplaced > 0
    assert not verdict.sound


@pytest.mark.usefixtures("database", "quick")
def test_commits_that_do_not_wait_for_the_disk_are_found_out(
    server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_hurry = "-c synchronous_commit=off"
    monkeypatch.setitem(connections["default"].settings_dict["OPTIONS"], "options", in_a_hurry)
    durable = sequencer._settings_of_the_step

    def hurried(cursor: Any) -> None:
        durable(cursor)
        cursor.execute("SET LOCAL synchronous_commit = off")

    monkeypatch.setattr(sequencer, "_settings_of_the_step", hurried)
    for attempt in range(4):  # whether a crash also meets a published checkpoint is chance
        place = tmp_path / str(attempt)
        place.mkdir()
        _, verdict = put_through(server, place, seconds=6, crashes=2)
        assert verdict.lost > 0
        if verdict.contradicted:
            break
    # What was published is not in the database any more, and the product says so itself.
    assert verdict.refused in {"restored-backup", "fork"}
    assert verdict.contradicted > 0
    assert not verdict.sound


# ---------------------------------------------------------------------------------------- stalling


@pytest.mark.usefixtures("quick")
def test_a_transaction_left_open_elsewhere_stalls_nobody(
    server: EmbeddedPostgres, database: str
) -> None:
    """The other one may even be in another database: transaction numbers are the server's."""
    stop = Event()
    thread = Thread(target=_run_and_close, args=[stop])
    thread.start()
    waits = []
    with psycopg.connect(server.superuser_dsn()) as idle:
        idle.execute("SELECT pg_current_xact_id()")
        for size in range(1, 21):
            begun = time.monotonic()
            write(1)
            while (publisher.state().published_size or 0) < size:
                assert time.monotonic() - begun < 30
                time.sleep(0.01)
            waits.append(time.monotonic() - begun)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert sorted(waits)[10] < 1.0


def _run_and_close(stop: Event) -> None:
    sequencer.run(stop)
    connection.close()


def test_the_suite_has_its_own_server(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.superuser_dsn()) as ruler:
        settings = {
            name: ruler.execute(SQL("SHOW {}").format(Identifier(name))).fetchone()
            for name in ("fsync", "full_page_writes", "synchronous_commit")
        }
    assert set(settings.values()) == {("on",)}
    assert conftest.ROOT not in server.base.parents or "var" in server.base.parts
