"""What is explained, set and back-filled over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from governance.registry.model import add_model
from governance.registry.versions import add_version
from tests.governance.conftest import Cast, lines

pytestmark = pytest.mark.django_db
POLICY = "/api/v1/use-cases/credit/explain-policy"
BACKFILLS = "/api/v1/use-cases/credit/backfills"


def put(client: Client, given: object) -> Any:
    return client.put(POLICY, given, content_type="application/json")


def post(client: Client, path: str, given: object = None) -> Any:
    return client.post(path, given, content_type="application/json")


def test_who_reads_and_who_sets(cast: Cast) -> None:
    for name, (reads, sets) in {
        "olu": (200, 200),
        "carl": (200, 200),
        "rita": (200, 403),
        "alice": (200, 403),
        "hal": (404, 404),
    }.items():
        client = cast.client(name)
        assert client.get(POLICY).status_code == reads, name
        assert put(client, {"rule": "adverse"}).status_code == sets, name
        assert post(client, BACKFILLS, {}).status_code == (202 if sets == 200 else sets), name


def test_setting_it_is_answered_and_logged(cast: Cast) -> None:
    olu = cast.client("olu")
    assert olu.get(POLICY).json() == {
        "use_case": "credit", "rule": "all", "words": "all", "rate": None, "seed": 0,
        "most_reasons": 4, "thresholds": {}, "actor": "", "set_at": None, "entry_id": None,
    }  # fmt: skip
    answer = put(olu, {"rule": "sample", "rate": 0.05, "seed": 11})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["words"], told["actor"]) == ("a sample of 5 %", f"user:{cast.olu.pk}")
    assert olu.get(POLICY).json() == told
    line = lines()[-1]
    assert (line["kind"], line["use_case"], line["actor"]) == (
        "policy",
        "credit",
        f"user:{cast.olu.pk}",
    )
    assert line["body"]["act"] == "explain_policy_set"
    assert line["body"]["before"]["rule"] == "all"


def test_asking_what_may_be_asked_is_answered(cast: Cast) -> None:
    assert cast.client("olu").options(POLICY).status_code == 200


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({}, ["/rule"]),
        ({"rule": "none"}, ["/rule"]),
        ({"rule": "sample"}, ["/rate"]),
        ({"rule": "sample", "rate": 2}, ["/rate"]),
        ({"rule": "all", "colour": 1}, ["/colour"]),
        ({"rule": "all", "most_reasons": 11}, ["/most_reasons"]),
        ({"rule": "all", "thresholds": {"lime_r2": 2}}, ["/thresholds/lime_r2"]),
        ({"rule": "all", "thresholds": {"stable": 0.5}}, ["/thresholds/stable"]),
    ],
)
def test_what_is_wrong_is_pointed_at(cast: Cast, given: object, pointers: list[str]) -> None:
    answer = put(cast.client("olu"), given)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


def test_a_backfill_is_begun_found_again_and_ended(cast: Cast, credit_model: str) -> None:
    olu = cast.client("olu")
    begun = post(olu, BACKFILLS, {"version": credit_model, "adverse_only": True})
    assert begun.status_code == 202
    told = begun.json()
    assert (told["state"], told["version"], told["total"]) == ("running", credit_model, 0)
    assert post(olu, BACKFILLS, {"version": credit_model, "adverse_only": True}).json() == told
    assert olu.get(BACKFILLS).json() == [told]
    end = f"{BACKFILLS}/{told['id']}/cancel"
    assert post(cast.client("hal"), end).status_code == 404
    assert post(cast.client("rita"), end).status_code == 403
    assert post(olu, end).json()["state"] == "cancelled"
    assert post(olu, end.replace("credit", "hiring")).status_code == 404
    acts = [line["body"]["act"] for line in lines() if line["kind"] == "policy"]
    assert acts[-2:] == ["explain_backfill_started", "explain_backfill_cancelled"]


def test_a_version_of_another_use_case_is_refused(cast: Cast) -> None:
    add_model(voice=cast.voice("hal"), use_case="hiring", slug="short", name="S")
    add_version(voice=cast.voice("hal"), model="short", number="1")
    answer = post(cast.client("olu"), BACKFILLS, {"version": "short@1"})
    assert answer.status_code == 404  # Olu may not know that it exists
    assert post(cast.client("olu"), BACKFILLS, {"version": "no@1"}).status_code == 404
