import threading
import time

import psycopg
import pytest
from django.db import connection, transaction

from audit import locks

# Nobody waits so long unless something is wrong, however busy the machine.
LONG = 30.0


def lead(stop: threading.Event) -> "threading.Event":
    """Lead in a thread until told to stop; the returned event says that it leads."""
    leads = threading.Event()

    def act() -> None:
        with locks.leadership(stop) as leader:
            if leader:
                leads.set()
                stop.wait(2 * LONG)

    threading.Thread(target=act, daemon=True).start()
    return leads


def test_one_leads_and_the_next_follows_when_it_leaves(fresh_db: str) -> None:
    first_stop, second_stop = threading.Event(), threading.Event()
    assert lead(first_stop).wait(LONG)
    second = lead(second_stop)
    assert not second.wait(0.7)
    first_stop.set()
    assert second.wait(LONG)
    second_stop.set()


def test_a_transaction_leads_only_when_nobody_does(fresh_db: str) -> None:
    stop = threading.Event()
    assert lead(stop).wait(LONG)
    with transaction.atomic(), connection.cursor() as cursor:
        assert not locks.lead_this_transaction(cursor)
    stop.set()
    deadline = time.monotonic() + LONG
    led = False
    while not led and time.monotonic() < deadline:
        with transaction.atomic(), connection.cursor() as cursor:
            led = locks.lead_this_transaction(cursor)
    assert led


def test_the_leader_hears_an_entry_at_once(fresh_db: str) -> None:
    stop = threading.Event()
    with locks.leadership(stop) as leader, psycopg.connect(fresh_db, autocommit=True) as writer:
        assert leader is not None
        begun = time.monotonic()
        leader.wait(0.3, stop)
        assert time.monotonic() - begun >= 0.25
        writer.execute("SELECT pg_notify('audit_appended', '')")
        begun = time.monotonic()
        leader.wait(LONG, stop)
        assert time.monotonic() - begun < LONG


def test_waiting_ends_when_told_to_stop(fresh_db: str) -> None:
    stop = threading.Event()
    with locks.leadership(stop) as leader:
        assert leader is not None
        stop.set()
        begun = time.monotonic()
        leader.wait(LONG, stop)
        assert time.monotonic() - begun < LONG
    with locks.leadership(stop) as again:
        assert again is not None  # the lock was free: nothing had to be waited for


def test_whoever_waits_for_the_lead_can_be_told_to_stop(fresh_db: str) -> None:
    stop, waiting_stop = threading.Event(), threading.Event()
    assert lead(stop).wait(LONG)
    waiting_stop.set()
    with locks.leadership(waiting_stop) as leader:
        assert leader is None
    stop.set()


def test_a_lost_session_is_a_lost_lead(fresh_db: str) -> None:
    stop = threading.Event()
    with locks.leadership(stop) as leader, psycopg.connect(fresh_db, autocommit=True) as other:
        assert leader is not None
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
            "AND objid = %s AND database = (SELECT oid FROM pg_database "
            "WHERE datname = current_database())",
            [locks.SEQUENCER],
        )
        with pytest.raises(psycopg.OperationalError):
            leader.wait(LONG, stop)
        with locks.leadership(stop) as next_leader:
            assert next_leader is not None


def test_two_logs_in_one_server_have_two_leaders(
    fresh_db: str, cluster: object, template: str
) -> None:
    stop = threading.Event()
    assert lead(stop).wait(LONG)
    name = cluster.unique("rationale_fresh_other")
    cluster.clone(template, name)
    with psycopg.connect(cluster.dsn(name, "rationale_app"), autocommit=True) as other:
        (led,) = other.execute("SELECT pg_try_advisory_lock(%s)", [locks.SEQUENCER]).fetchone()
    assert led
    stop.set()
    cluster.drop(name)
