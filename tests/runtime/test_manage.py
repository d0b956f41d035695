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
