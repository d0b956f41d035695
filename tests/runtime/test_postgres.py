"""The embedded PostgreSQL is started, shared, crashed and healed for real."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from runtime import roles
from runtime.accounts import server_account
from runtime.faults import RuntimeFault
from runtime.paths import ROOT
from runtime.postgres import TESTS, EmbeddedPostgres, explain_failure
from runtime.postmaster import postmaster_pid
from tests.runtime.conftest import reachable_folder, until

ROOT_ONLY = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root runs the server as another account"
)


@pytest.fixture(scope="module")
def original() -> Iterator[Path]:
    """A cluster that was made once; copying it is quicker than making another."""
    with reachable_folder() as folder:
        EmbeddedPostgres(folder / "pg", TESTS).start().stop()
        yield folder / "pg" / "data"


@pytest.fixture
def home(place: Path, original: Path) -> Path:
    """The base of a server nobody has started."""
    (place / "pg").mkdir(mode=0o711)
    subprocess.run(["cp", "-a", str(original), str(place / "pg" / "data")], check=True)
    return place / "pg"


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """One that runs, with the defaults."""
    with reachable_folder() as folder:
        started = EmbeddedPostgres(folder / "pg").start()
        yield started
        started.stop("immediate")


def ask(url: str, query: str) -> tuple[object, ...] | None:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone() if cursor.description else None


def setting(server: EmbeddedPostgres, name: str) -> object:
    answer = ask(server.superuser_dsn(), f"SELECT current_setting('{name}')")
    return answer and answer[0]


def test_the_defaults_are_durable_and_the_socket_is_closed_to_others(
    server: EmbeddedPostgres,
) -> None:
    found = {
        name: setting(server, name)
        for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
    }
    assert set(found.values()) == {"on"}
    assert setting(server, "listen_addresses") == ""
    assert setting(server, "wal_compression") == "off"
    assert stat.S_IMODE(server.socket().stat().st_mode) == 0o700
    assert stat.S_IMODE((server.base / "server.log").stat().st_mode) == 0o600


def test_the_sort_order_is_that_of_code_points_everywhere(server: EmbeddedPostgres) -> None:
    query = "SELECT string_agg(x, '' ORDER BY x) FROM unnest(array['b','B','ä','a','Z']) x"
    assert ask(server.superuser_dsn(), query) == ("BZabä",)


def test_roles_have_no_more_than_they_need(server: EmbeddedPostgres) -> None:
    server.ensure_roles()
    server.ensure_roles()
    server.ensure_database("d")
    server.ensure_database("d")
    with psycopg.connect(server.dsn("d", roles.MIGRATOR)) as owner:
        owner.execute("SET ROLE rationale_owner")
        owner.execute("CREATE TABLE t (a int)")
    for refused in (
        "SELECT * FROM t",
        "CREATE TABLE u (a int)",
        "CREATE TEMP TABLE v (a int)",
        "SET ROLE rationale_owner",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(server.dsn("d", roles.APP), refused)
    for no_login in (roles.OWNER, roles.READER):
        with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
            ask(server.dsn("d", no_login), "SELECT 1")


def test_strangers_are_kept_out_of_the_database(server: EmbeddedPostgres) -> None:
    server.ensure_roles()
    server.ensure_database("d")
    ask(server.superuser_dsn(), "CREATE ROLE stranger LOGIN")
    with pytest.raises(psycopg.OperationalError, match="CONNECT privilege"):
        ask(server.dsn("d", "stranger"), "SELECT 1")


def test_a_second_start_finds_the_data(home: Path) -> None:
    first = EmbeddedPostgres(home).start()
    ask(first.superuser_dsn(), "CREATE TABLE t AS SELECT 7 AS a")
    assert first.stop() is True
    assert not first.alive()
    second = EmbeddedPostgres(home).start()
    assert ask(second.superuser_dsn(), "SELECT a FROM t") == (7,)
    assert second.stop() is True


def test_the_last_user_stops_it(home: Path) -> None:
    one, two = EmbeddedPostgres(home).start(), EmbeddedPostgres(home).start()
    assert one.stop() is False
    assert one.stop() is False
    assert ask(two.superuser_dsn(), "SELECT 1") == (1,)
    assert two.stop() is True
    assert two.stop() is False


def test_a_start_that_is_broken_off_leaves_no_server(home: Path) -> None:
    script = (
        "import signal, sys; from pathlib import Path; from runtime.postgres import TESTS, EmbeddedPostgres; "
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); "
        f"EmbeddedPostgres(Path({str(home)!r}), TESTS).start(); sys.exit(4)"
    )
    for _ in range(3):
        starter = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
        until(lambda: postmaster_pid(home / "data") is not None)
        starter.terminate()  # pg_ctl looks ten times a second whether the server answers
        assert starter.wait(60) in {3, 4}
        if starter.returncode == 4:
            EmbeddedPostgres(home, TESTS).start().stop()
        assert postmaster_pid(home / "data") is None


def test_starters_at_the_same_time_share_one_server(place: Path) -> None:
    servers = [EmbeddedPostgres(place / "pg", TESTS) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(EmbeddedPostgres.start, servers))
    assert len({setting(server, "data_directory") for server in servers}) == 1
    assert [server.stop() for server in servers] == [False, False, False, True]


@pytest.mark.parametrize("hard", [False, True], ids=["immediate", "kill -9"])
def test_a_crash_loses_no_commit(server: EmbeddedPostgres, hard: bool) -> None:
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS crash")
        connection.execute("CREATE TABLE crash AS SELECT generate_series(1, 1000)")
        server.kill(hard=hard)
    server.start()
    assert ask(server.superuser_dsn(), "SELECT count(*) FROM crash") == (1000,)


def test_a_pid_file_naming_somebody_else_does_not_stop_the_start(home: Path) -> None:
    server = EmbeddedPostgres(home, TESTS).start()
    data = Path(str(setting(server, "data_directory")))
    server.stop()
    # Of the server's own account: a process of another one PostgreSQL would not take for a server.
    account = server_account(data)
    with subprocess.Popen(["sleep", "60"], **account.switch) as other:
        (data / "postmaster.pid").write_text(
            f"{other.pid}\n{data}\n0\n5432\n{server.socket()}\n\n 1 1\n"
        )
        account.own(data / "postmaster.pid")
        server.start()
        assert postmaster_pid(data) not in (None, other.pid)
        server.stop()
        other.kill()


def test_options_win_over_the_defaults(home: Path) -> None:
    server = EmbeddedPostgres(home, (*TESTS, "max_connections=17")).start()
    assert (setting(server, "max_connections"), setting(server, "fsync")) == ("17", "off")
    server.stop()


def test_data_of_another_version_is_refused(home: Path) -> None:
    server = EmbeddedPostgres(home, TESTS).start()
    data = Path(str(setting(server, "data_directory")))
    server.stop()
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(
        RuntimeFault, match="was made by PostgreSQL 12 and the programs are version"
    ):
        server.start()


@pytest.mark.parametrize("content", ["", "new\n", None])
def test_data_that_is_damaged_is_said(home: Path, content: str | None) -> None:
    (home / "data" / "PG_VERSION").unlink()
    if content is not None:
        (home / "data" / "PG_VERSION").write_text(content)
    with pytest.raises(RuntimeFault, match="data is damaged: its PG_VERSION is missing or names"):
        EmbeddedPostgres(home, TESTS).start()


def test_missing_programs_are_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATIONALE_PG_BIN", str(place / "none"))
    with pytest.raises(RuntimeFault, match=r"PostgreSQL's programs are not in .*/none"):
        EmbeddedPostgres(place / "pg").start()


def test_a_bad_setting_is_quoted_from_the_log_and_leaves_nobody_registered(home: Path) -> None:
    wrong = EmbeddedPostgres(home, (*TESTS, "shared_buffers=nonsense"))
    with pytest.raises(
        RuntimeFault, match=r'did not start; .*invalid value for parameter "shared_buffers"'
    ):
        wrong.start()
    right = EmbeddedPostgres(home, TESTS).start()
    assert right.stop() is True


def test_a_full_disk_is_said_in_a_sentence(place: Path) -> None:
    small = place / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(small)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("this user may not mount a small disk")
    try:
        with pytest.raises(RuntimeFault, match="The disk is full"):
            EmbeddedPostgres(small / "pg").start()
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_what_the_server_says_of_a_full_disk_becomes_a_sentence(place: Path) -> None:
    said = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
    assert explain_failure(said, place, place) == (
        f"The disk is full: PostgreSQL cannot start in {place}; free some space and try again."
    )


@ROOT_ONLY
def test_data_of_another_user_is_refused(place: Path) -> None:
    (place / "pg" / "data").mkdir(parents=True)
    os.chown(place / "pg" / "data", 12345, 12345)
    with pytest.raises(RuntimeFault, match="belongs to user id 12345"):
        EmbeddedPostgres(place / "pg").start()


@ROOT_ONLY
def test_in_a_closed_folder_no_mode_changes_and_the_data_goes_elsewhere(place: Path) -> None:
    place.chmod(0o700)
    server = EmbeddedPostgres(place / "pg", TESTS).start()
    data = Path(str(setting(server, "data_directory")))
    assert server.stop() is True
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert data.parent == Path((place / "pg" / "elsewhere").read_text().strip())
    assert data.parent.parent == Path("/var/lib")
    server.start()
    assert setting(server, "data_directory") == str(data)
    server.stop()
    shutil.rmtree(data.parent)
    with pytest.raises(RuntimeFault, match="which is gone"):
        server.start()


SCRIPT = """
import os, psycopg, sys
from pathlib import Path
from runtime.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1])).start()
server.ensure_roles(); server.ensure_database()
with psycopg.connect(server.dsn()) as connection:
    found = connection.execute("SELECT current_user").fetchone()[0]
print(os.geteuid(), found, server.stop())
"""


@ROOT_ONLY
def test_an_ordinary_user_runs_it_too(place: Path) -> None:
    python = f"/usr/bin/python3.{sys.version_info[1]}"
    if not Path(python).exists():
        pytest.skip(f"{python}, a Python that user nobody can reach, is not here")
    home = place / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    site = Path(psycopg.__file__).parents[1]
    done = subprocess.run(
        [python, "-c", SCRIPT, str(home / "pg")],
        env={"PYTHONPATH": f"{ROOT}:{site}", "PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=False, cwd="/",
        user=65534, group=65534, extra_groups=[],
    )  # fmt: skip
    assert (done.stdout.split(), done.stderr) == (["65534", "rationale_app", "True"], "")


def test_the_server_is_alive_or_not(server: EmbeddedPostgres) -> None:
    assert server.alive()
    server.kill(hard=True)
    until(lambda: not server.alive())
    server.start()
    assert server.alive()
