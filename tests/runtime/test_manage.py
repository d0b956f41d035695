"""manage.py itself, run as a person runs it."""

import os
import subprocess
import sys
from pathlib import Path

import django
import pytest

from runtime.paths import ROOT


def manage(place: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, "RATIONALE_VAR": str(place / "var"), "RATIONALE_NO_BOOTSTRAP": "1", **more},
        capture_output=True,
        text=True,
        check=False,
    )


def test_test_is_pytest_with_its_arguments(place: Path) -> None:
    assert manage(place, "test", "--version").stdout == f"pytest {pytest.__version__}\n"


def test_a_command_without_a_database_starts_none(place: Path) -> None:
    assert manage(place, "version").stdout == f"{django.__version__}\n"
    assert not (place / "var" / "postgres").exists()


def test_a_fault_is_one_sentence_and_no_traceback(place: Path) -> None:
    done = manage(place, "showmigrations", RATIONALE_PG_BIN="/none")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("PostgreSQL's programs are not in /none;")
    assert len(done.stderr.splitlines()) == 1


AWAY = "postgresql://rationale_app:x@127.0.0.1:1/rationale"


@pytest.mark.parametrize(
    ("command", "status"), [("showmigrations", 1), ("rebuildprojections", 1), ("verifylog", 2)]
)
def test_a_database_that_is_away_is_one_sentence(place: Path, command: str, status: int) -> None:
    done = manage(place, command, DATABASE_URL=AWAY)
    assert (done.returncode, done.stdout) == (status, "")
    assert "Traceback" not in done.stderr
    assert "connection" in done.stderr.splitlines()[-1]


def test_options_that_cannot_be_are_refused_before_anything_starts(place: Path) -> None:
    for option in ("--web=0", "--workers=-1", "--workers=many"):
        done = manage(place, "run", option)
        assert done.returncode == 2
        assert f"argument {option.partition('=')[0]}: " in done.stderr
    for command in ("run", "demo"):
        done = manage(place, command, PORT="http")
        assert done.returncode == 2
        assert "argument --port: invalid int value: 'http'" in done.stderr
    assert not (place / "var" / "postgres").exists()


def test_what_is_run_or_believed_is_closed_to_others_whatever_the_umask(place: Path) -> None:
    before = os.umask(0)
    try:
        assert manage(place, "check").returncode == 0
    finally:
        os.umask(before)
    modes = {name: (place / "var" / name).stat().st_mode & 0o777 for name in ("artefacts", "numba")}
    assert modes == {"artefacts": 0o700, "numba": 0o700}


def test_an_environment_with_its_packages_gone_is_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "manage.py", "version"],
        cwd=ROOT,
        env={"RATIONALE_NO_BOOTSTRAP": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("django is missing in ")
    assert len(done.stderr.splitlines()) == 1
