"""A protected feature or a proxy that moves a decision against somebody is an alert, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from audit import sequencer
from audit.log import parse
from audit.queries import payloads
from explain import explanations, settling
from explain.models import Explanation, Profile
from governance.demo.catalogue import specification
from governance.demo.decisions import MODEL_REF
from tests.explain.conftest import Credit
from tests.explain.test_explanations import settle
from tests.explain.test_policies import labelled

Record = Callable[[dict[str, Any]], UUID]


def marked() -> Any:
    """The demonstration's profile, were every feature a proxy."""
    spec = specification()
    return replace(spec, features=tuple(replace(one, role="proxy") for one in spec.features))


def alerts() -> list[tuple[str, UUID | None, bool]]:
    from django.db import connection

    sequencer.sequence_once()
    with connection.cursor() as cursor:
        cursor.execute("SELECT header FROM audit_entry ORDER BY id")
        headers = [parse(bytes(row[0])) for row in cursor]
    return [
        (h.actor, h.ref, h.subject is not None)
        for h in headers
        if h.kind == "alert" and h.actor == settling.ACTOR
    ]


def test_one_alert_per_decision_against_a_person(credit: Credit, record: Record) -> None:
    credit.register(specification=marked())
    denied, approved = (record(labelled(credit, label)) for label in ("deny", "approve"))
    settle()
    assert alerts() == [(settling.ACTOR, denied, True)]
    assert Explanation.objects.get(entry_id=approved).state == "ready"


def test_no_alert_where_nothing_is_protected(credit: Credit, record: Record) -> None:
    credit.register()
    record(labelled(credit, "deny"))
    settle()
    assert alerts() == []


def test_a_worker_that_comes_late_alerts_no_second_time(credit: Credit, record: Record) -> None:
    credit.register(specification=marked())
    record(labelled(credit, "deny"))
    explanations.feed()
    slow = explanations.claim(1)
    Explanation.objects.update(lease_until="2020-01-01T00:00:00Z")
    settle()
    there, profile = payloads(slow.due), Profile.objects.get(model_ref=MODEL_REF)
    results = list(zip(slow.due, explanations._results(profile, there), strict=True))
    alarms = explanations._alarms(MODEL_REF, there, dict(results))
    assert alarms
    settling.store(slow.lease, results, alarms=alarms)
    assert len(alerts()) == 1
