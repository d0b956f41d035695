"""A stored file that was changed is refused, alerted and logged, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from audit.header import parse
from explain import alerts, artefacts, engines, explanations
from explain.models import Explanation, Profile
from governance.demo.decisions import MODEL_REF
from tests.explain.conftest import Credit


def alert_lines() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.header, b.body FROM audit_entry e JOIN audit_entry_body b USING (id)"
        )
        rows = [(parse(bytes(header)), bytes(body)) for header, body in cursor.fetchall()]
    return [
        {"ref": header.ref, "model_ref": header.model_ref, **json.loads(body)}
        for header, body in rows
        if header.kind == "alert" and b"artefact_changed" in body
    ]


def test_a_changed_artefact_refuses_alerts_and_is_logged(
    credit: Credit, record: Callable[[dict[str, Any]], UUID], caplog: pytest.LogCaptureFixture
) -> None:
    credit.register()
    profile = Profile.objects.get(model_ref=MODEL_REF)
    place = artefacts.path_of(profile.artefact_digest)
    whole = place.read_bytes()
    entries = [record(credit.body(at)) for at in range(2)]
    engines._ready.clear()
    alerts._raised.clear()
    place.write_bytes(whole[:-1] + b"?")
    try:
        for entry in entries:
            explanations.explain_one(entry)
    finally:
        place.write_bytes(whole)
    states = Explanation.objects.filter(entry_id__in=entries).values_list("state", "detail")
    assert {state for state, _ in states} == {"refused"}
    assert all("it was changed and is not used" in detail for _, detail in states)
    [line] = alert_lines()
    assert line["act"] == "artefact_changed"
    assert line["artefact_digest"] == profile.artefact_digest
    assert line["ref"] == profile.entry_id
    assert line["model_ref"] == MODEL_REF
    assert "A stored file was changed" in caplog.text
