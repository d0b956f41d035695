"""What is kept of a run of verifylog: as it ended, whole or in part."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection

from audit import publisher
from audit.queries import last_full_run, last_run
from audit.sequencer import Sequencer
from audit.verification import Verification
from audit.verification.kept import keep
from tests.audit.lines import write

COMMAND = "python3 manage.py verifylog"


def grow(count: int) -> None:
    write(count)
    Sequencer().step()
    publisher.publish()


def verifylog(*arguments: object) -> tuple[int, str]:
    err = StringIO()
    try:
        call_command("verifylog", *map(str, arguments), stdout=StringIO(), stderr=err)
    except SystemExit as left:
        return int(left.code or 0), err.getvalue()
    return 0, err.getvalue()


def test_there_is_none_before_the_first(fresh_db: str) -> None:
    assert (last_full_run(), last_run()) == (None, None)


def test_a_run_is_kept_as_it_ended(fresh_db: str) -> None:
    grow(5)
    assert verifylog() == (0, "")
    run = last_full_run()
    assert run is not None
    assert (run.command, run.size, run.checked, run.resumed_at) == (COMMAND, 5, 5, 0)
    assert (run.intact, run.findings, run.verdict) == (True, 0, "The log is intact: 5 leaves.")
    assert run.seconds > 0
    assert last_run() == run


def test_a_run_that_finds_something_is_kept_as_well(fresh_db: str) -> None:
    grow(5)
    (settings.AUDIT_PUBLIC / "checkpoint").unlink()
    assert verifylog()[0] == 1
    run = last_full_run()
    assert run is not None
    assert (run.intact, run.findings) == (False, 1)


def test_a_run_in_part_is_no_full_one_and_going_on_makes_it_one(
    fresh_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.verification.batches.BATCH", 64)
    grow(150)
    file = tmp_path / "run.json"
    assert verifylog("--resume", file, "--limit", 70)[0] == 3
    part = last_run()
    assert last_full_run() is None
    assert part is not None
    assert (part.command, part.full, part.intact) == (
        f"{COMMAND} --resume --limit 70",
        False,
        False,
    )
    assert verifylog("--resume", file)[0] == 0
    whole = last_full_run()
    assert whole is not None
    assert (whole.resumed_at, whole.checked, whole.size) == (part.checked, 150, 150)
    assert str(file) not in whole.command


def test_the_service_may_add_to_what_is_kept_and_change_none_of_it(fresh_db: str) -> None:
    grow(2)
    keep(Verification().run(lambda leaves: True), command=COMMAND)
    for statement in (
        "UPDATE audit_verification SET intact = false",
        "DELETE FROM audit_verification",
    ):
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="denied"):
            cursor.execute(statement)


def test_where_nothing_may_be_written_the_outcome_is_said_all_the_same(fresh_db: str) -> None:
    grow(3)
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    status, said = verifylog("--jobs", 1)
    assert status == 0
    assert said.startswith("The outcome is not kept in the database: cannot execute INSERT")
    assert last_run() is None
