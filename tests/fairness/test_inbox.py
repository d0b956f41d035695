"""Alerts and requests of several use cases together."""

from __future__ import annotations

from fairness import alerts, inbox
from fairness.inbox import Tally
from tests.audit.ledger import CASE
from tests.fairness.test_watching import act, opened

BOTH = {CASE, "hiring"}


def test_the_inbox_is_of_the_use_cases_named(db: None) -> None:
    alert = opened(retrain_on_breach=True)
    found = inbox.inbox(BOTH)
    assert found == alerts.alerts(CASE) and len(found) == 2
    assert inbox.inbox({"hiring"}) == []
    assert inbox.inbox(BOTH, limit=1) == found[:1]
    assert inbox.inbox(BOTH, before=found[0].id) == found[1:]
    assert inbox.inbox(BOTH, kind="drift") == []
    act(alert, "assign", owner="omar")
    assert [one.id for one in inbox.inbox(BOTH, owner="omar")] == [alert.id]
    assert inbox.alerts_named([alert.id], {"hiring"}) == {}
    assert set(inbox.alerts_named([alert.id], BOTH)) == {alert.id}


def test_tallies_and_the_number_of_open_ones(db: None) -> None:
    alert = opened()
    other = next(one for one in alerts.alerts(CASE) if one.id != alert.id)
    act(alert, "close", text="Ended.")
    told = inbox.tallies(BOTH)
    assert (told["open"], told["closed"].many) == (Tally(1, other.opened_at), 1)
    assert (told["explained"], inbox.tallies({"hiring"})["open"]) == (Tally(), Tally())
    assert [inbox.open_alerts(where) for where in (BOTH, None, {"hiring"}, frozenset())] == [
        1,
        1,
        0,
        0,
    ]
    assert [one.id for one in inbox.inbox(BOTH, states=inbox.UNSETTLED)] == [other.id]


def test_requests(db: None) -> None:
    alert = opened(retrain_on_breach=True)
    (one,) = inbox.requests_of(alert.id)
    assert inbox.request(one.id) == one
    assert {two.id for two in inbox.requests(BOTH)} == {two.id for two in alerts.retrainings(CASE)}
    assert inbox.requests({"hiring"}) == []
    assert inbox.request(alert.id) is None
