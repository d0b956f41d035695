import threading
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from audit import partitions
from audit.header import uuid7_at
from tests.audit.ledger import decide_some, rows

NEW = "SELECT count(*) FROM pg_class WHERE relname ~ '^audit_entry(_body)?_[0-9]{4}_[0-9]{2}$'"


def month(date_: date, ahead: int) -> date:
    count = date_.year * 12 + date_.month - 1 + ahead
    return date(count // 12, count % 12 + 1, 1)


def expected(behind: int, ahead: int) -> list[str]:
    today = datetime.now(UTC).date()
    return sorted(
        f"{parent}_{month(today, n):%Y_%m}"
        for parent in partitions.PARENTS
        for n in range(-behind, ahead + 1)
    )


def test_migrate_leaves_last_month_to_three_months_ahead(db):
    found = partitions.state()
    assert list(found.names) == expected(1, 3)
    assert found.months_ahead == 3
    assert found.until == month(datetime.now(UTC).date(), 4)


def test_the_application_makes_more_ahead_and_only_what_is_missing(db):
    assert partitions.ensure() == []
    made = partitions.ensure(ahead=5)
    assert sorted(made) == sorted(set(expected(1, 5)) - set(expected(1, 3)))
    assert partitions.ensure(ahead=5) == []
    assert partitions.state().months_ahead == 5


def test_a_made_partition_is_guarded_like_the_first_ones(db):
    partitions.ensure(ahead=4)
    found = rows(
        "SELECT c.relname, t.tgname, t.tgtype, t.tgenabled FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relname ~ '^audit_entry_(body_)?[0-9]'"
    )
    wanted = [
        (name, *trigger, "A")
        for name in expected(1, 4)
        for trigger in (("audit_no_change", 27), ("audit_no_truncate", 34))
    ]
    assert sorted(found) == sorted(wanted)
    assert rows(
        "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname LIKE 'audit_entry%%'"
    ) == [("rationale_owner",)]


def test_bounds_meet_without_gap_and_hold_every_id_of_their_month(db):
    today = datetime.now(UTC).date()
    first = datetime.combine(month(today, 1), datetime.min.time(), UTC)
    last_of_this = uuid7_at(int(first.timestamp() * 1000) - 1)
    first_of_next = UUID(int=int(first.timestamp() * 1000) << 80)
    with connection.cursor() as cursor:
        for entry_id in (last_of_this, first_of_next):
            cursor.execute(
                "INSERT INTO audit_entry (id, header, leaf_hash) VALUES (%s, %s, sha256(%s))",
                [entry_id, b"{}", b"\0{}"],
            )
    assert rows("SELECT tableoid::regclass::text, id FROM audit_entry ORDER BY id") == [
        (f"audit_entry_{today:%Y_%m}", last_of_this),
        (f"audit_entry_{month(today, 1):%Y_%m}", first_of_next),
    ]


def test_an_entry_of_a_time_without_partition_is_refused(db):
    long_ago = uuid7_at(int((datetime.now(UTC) - timedelta(days=100)).timestamp() * 1000))
    with (
        pytest.raises(IntegrityError, match="no partition"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO audit_entry (id, header, leaf_hash) VALUES (%s, %s, sha256(%s))",
            [long_ago, b"{}", b"\0{}"],
        )


def test_the_command_says_what_it_made(db):
    said = StringIO()
    call_command("makepartitions", ahead=4, stdout=said)
    today = datetime.now(UTC).date()
    assert said.getvalue().splitlines() == [
        f"made audit_entry_{month(today, 4):%Y_%m}",
        f"made audit_entry_body_{month(today, 4):%Y_%m}",
        f"The log has partitions until {month(today, 5)}.",
    ]


@pytest.mark.parametrize(("behind", "ahead"), [(-1, 3), (1, 25), (25, 3)])
def test_silly_spans_are_refused(db, behind, ahead):
    with pytest.raises(Exception, match="between 0 and 24 months"), transaction.atomic():
        partitions.ensure(behind=behind, ahead=ahead)


def test_state_counts_whole_months_from_the_day_asked(db):
    today = datetime.now(UTC).date()
    ahead = [partitions.state(today=month(today, n)).months_ahead for n in range(-2, 6)]
    assert ahead == [-1, 4, 3, 2, 1, 0, -1, -1]


def test_makers_at_once_make_each_partition_once(fresh_db):
    made, start = [], threading.Barrier(3)

    def work():
        start.wait()
        try:
            made.extend(partitions.ensure(ahead=9))
        finally:
            connection.close()

    makers = [threading.Thread(target=work) for _ in range(3)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert sorted(made) == sorted(set(expected(1, 9)) - set(expected(1, 3)))


def test_making_waits_for_no_reader_and_stops_no_writer(fresh_db):
    reading, done = threading.Event(), threading.Event()

    def read():
        try:
            with transaction.atomic():
                rows("SELECT count(*) FROM audit_entry")
                reading.set()
                done.wait(20)
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(10)
    with transaction.atomic():
        made = partitions.ensure(ahead=4)
        written = threading.Thread(target=lambda: (decide_some(1), connection.close()))
        written.start()
        written.join(60)
        finished = not written.is_alive()
    done.set()
    reader.join()
    assert len(made) == 2
    assert finished
