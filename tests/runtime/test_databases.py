from pathlib import Path

import psycopg
import pytest

from runtime import paths
from runtime.databases import embedded_database


def who_answers() -> str:
    with psycopg.connect(paths.database_dsn("rationale", "rationale_app")) as connection:
        row = connection.execute("SELECT current_user::text").fetchone()
    return str(row[0]) if row else ""


def test_it_runs_within_the_block_and_is_left_however_the_block_ends(var: Path) -> None:
    with embedded_database(True):
        assert who_answers() == "rationale_app"
    with pytest.raises(psycopg.OperationalError):
        who_answers()
    with pytest.raises(ZeroDivisionError), embedded_database(True):
        raise ZeroDivisionError
    with pytest.raises(psycopg.OperationalError):
        who_answers()


def test_it_is_not_started_when_it_is_not_needed(var: Path) -> None:
    with embedded_database(False):
        assert not (var / "postgres").exists()
