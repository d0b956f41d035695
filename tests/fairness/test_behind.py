"""From an alert to the decisions behind it, and their name as a batch."""

from __future__ import annotations

from hashlib import sha256
from uuid import uuid4

import orjson
import pytest

from audit.door import Conflict, Invalid, NotFound
from fairness import alerts
from fairness.behind import batches, behind, name_batch
from tests.audit.ledger import CASE, destroy_key, rows
from tests.fairness.speaking import follow
from tests.fairness.test_watching import opened


def of_group(group: str) -> alerts.AlertView:
    opened()
    return next(one for one in alerts.alerts(CASE) if one.subject["group"] == group)


def test_the_decisions_behind_an_alert_are_those_it_complains_of(db: None) -> None:
    found = behind(of_group("f"), limit=1000)
    assert {(one.label, one.effective, one.truth) for one in found} == {("deny", "deny", "")}
    assert len(found) == 180
    first = found[:50]
    assert behind(of_group("f"), limit=50) == first
    assert behind(alerts.alerts(CASE)[0], after=first[-1].entry_id, limit=50) != first


def test_a_batch_names_them_once_with_their_digest(db: None) -> None:
    alert = of_group("f")
    found = [one.entry_id for one in behind(alert, limit=1000)]

    def named(name: str = "June, women refused") -> object:
        return name_batch(actor="user:r", use_case=CASE, alert_id=alert.id, name=name)

    batch = named()
    assert named() == batch
    (only,) = batches(CASE)
    assert only == batch
    digest = sha256("\n".join(map(str, found)).encode()).hexdigest()
    assert (only.many, only.digest, only.alert) == (180, digest, alert.id)
    ((header, body),) = rows(
        "SELECT e.header, b.body FROM audit_entry e JOIN audit_entry_body b USING (id) WHERE id = %s",
        only.entry_id,
    )
    assert orjson.loads(bytes(header))["kind"] == "review"
    assert orjson.loads(bytes(body))["digest"] == digest
    follow()
    assert len(behind(alert, limit=1000)) == 180


def test_what_cannot_be_named(db: None) -> None:
    opened()
    one, two = alerts.alerts(CASE)[:2]
    name_batch(actor="user:r", use_case=CASE, alert_id=one.id, name="a")
    with pytest.raises(Conflict):
        name_batch(actor="user:r", use_case=CASE, alert_id=two.id, name="a")
    with pytest.raises(Invalid):
        name_batch(actor="user:r", use_case=CASE, alert_id=one.id, name=" ")
    for use_case, alert in ((CASE, uuid4()), ("hiring", one.id)):
        with pytest.raises(NotFound):
            name_batch(actor="user:r", use_case=use_case, alert_id=alert, name="b")


def test_erased_people_are_behind_nothing(db: None) -> None:
    alert = of_group("f")
    first = behind(alert, limit=1)[0]
    ((header,),) = rows("SELECT header FROM audit_entry WHERE id = %s", first.entry_id)
    destroy_key(orjson.loads(bytes(header))["subject"])
    follow()
    assert first.entry_id not in [one.entry_id for one in behind(alert, limit=1000)]
