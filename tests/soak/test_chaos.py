"""The trouble of tests/audit/test_chaos.py for minutes instead of seconds."""

from pathlib import Path

import pytest

from runtime.postgres import EmbeddedPostgres
from tests.audit.test_chaos import database, put_through, quick, server

__all__ = ["database", "quick", "server"]


@pytest.mark.soak
@pytest.mark.usefixtures("database", "quick")
@pytest.mark.parametrize("number", range(3))
def test_nothing_is_lost_in_a_longer_time(
    server: EmbeddedPostgres,
    tmp_path: Path,
    number: int,
) -> None:
    trouble, verdict = put_through(server, tmp_path, seconds=60, crashes=5)
    assert verdict.sound, verdict
    assert verdict.acknowledged > 5_000
    assert trouble.died_at_a_point > 0
