"""POST /api/v1/decisions/{id}/recourse and /replay: asked, answered by a worker, fetched, for whom."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from explain import answering
from explain.models import Profile, Question
from governance.demo.decisions import MODEL_REF, USE_CASE
from governance.keys.issue import issue_key
from tests.factories import VOICE, World, world

__all__ = ["world"]


class Caller:
    def __init__(self, *acts: str) -> None:
        issued = issue_key(voice=VOICE, name="tests", use_cases=[USE_CASE], acts=acts)
        self.headers = {"Authorization": f"Bearer {issued.text}"}

    def post(self, path: str, body: Any = None, **query: str) -> Any:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return Client().post(
            f"{path}?{asked}",
            data={} if body is None else body,
            content_type="application/json",
            headers=self.headers,
        )

    def get(self, path: str, **query: str) -> Any:
        return Client().get(path, query, headers=self.headers)


@pytest.fixture
def caller(world: World) -> Caller:
    return Caller("why:read")


def path(key: str, act: str = "recourse") -> str:
    return f"/api/v1/decisions/{key}/{act}"


def noted() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT purpose FROM audit_pending_access ORDER BY 1")
        return [row[0] for row in cursor]


def answered(caller: Caller, key: str, body: Any = None, **query: str) -> Any:
    first = caller.post(path(key), body, **query)
    assert first.status_code == 202, first.content
    while answering.follow():
        continue
    return caller.get(first["Location"], **query)


def test_pending_says_where_and_when_to_come_again(world: World, caller: Caller) -> None:
    first = caller.post(path(world.denied))
    assert (first.status_code, first["Retry-After"]) == (202, "2")
    told = first.json()
    assert told["state"] == "pending"
    assert first["Location"] == f"{path(world.denied)}/{told['id']}"
    assert caller.get(first["Location"]).status_code == 202


def test_answers_for_a_reviewer(world: World, caller: Caller) -> None:
    found = answered(caller, world.denied, audience="reviewer")
    assert found.status_code == 200
    told = found.json()
    assert told["state"] == "ready"
    assert told["notice"].startswith("Not advice, and not a guarantee")
    assert told["proven"] is True
    assert told["probability"] >= told["threshold"]
    assert told["distance"] == pytest.approx(told["probability"] - told["threshold"])
    costs = [one["cost"] for one in told["answers"]]
    assert costs == sorted(costs) and costs
    for one in told["answers"]:
        assert one["probability"] < told["threshold"]
        assert one["margin"] == pytest.approx(told["threshold"] - one["probability"])
        for change in one["changes"]:
            assert change["before"] != change["after"]
    # A repeat is answered at once, with the same answer.
    again = caller.post(path(world.denied), audience="reviewer")
    assert (again.status_code, again.json()) == (200, told)
    assert noted() == ["recourse:reviewer"] * 3


def test_the_person_concerned_sees_no_scores(world: World, caller: Caller) -> None:
    told = answered(caller, world.denied).json()
    assert told["answers"]
    hidden = ("probability", "threshold", "distance", "looked_at", "seed", "duration_ms")
    assert [told[name] for name in hidden] == [None] * len(hidden)
    assert {(one["probability"], one["margin"]) for one in told["answers"]} == {(None, None)}


def test_constraints_of_the_callers_own(world: World, caller: Caller) -> None:
    free = answered(caller, world.denied).json()
    first = free["answers"][0]["changes"][0]["feature"]
    told = answered(caller, world.denied, {"freeze": [first], "answers": 1}).json()
    assert told["wishes"]["freeze"] == [first]
    assert len(told["answers"]) <= 1
    assert all(change["feature"] != first for one in told["answers"] for change in one["changes"])


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"frieze": []}, ["/frieze"]),
        ({"freeze": "amount"}, ["/freeze"]),
        ({"freeze": ["amount", "height"]}, ["/freeze/1"]),
        ({"bounds": {"amount": {"upper": "3"}}}, ["/bounds/amount/upper"]),
        ({"bounds": {"amount": {"upper": 10**9}}}, ["/bounds/amount/upper"]),
        ({"bounds": {"amount": {"most": 3}}}, ["/bounds/amount/most"]),
        ({"bounds": {"savings": {"lower": 3}}}, ["/bounds/savings"]),
        ({"max_changes": 0}, ["/max_changes"]),
        ({"max_changes": 4}, ["/max_changes"]),
        ({"max_changes": "2"}, ["/max_changes"]),
        ({"answers": 1.5}, ["/answers"]),
        ({"max_days": -1}, ["/max_days"]),
        ({"max_days": True}, ["/max_days"]),
    ],
)
def test_constraints_are_checked_strictly(
    world: World, caller: Caller, body: Any, pointers: list[str]
) -> None:
    found = caller.post(path(world.denied), body)
    assert found.status_code == 422
    assert found["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in found.json()["errors"]] == pointers
    assert Question.objects.count() == 0


def test_where_there_is_nothing_to_compute(world: World, caller: Caller) -> None:
    assert caller.post(path(world.approved)).json()["state"] == "not_applicable"
    unprofiled = caller.post(path("odd-unregistered")).json()
    assert unprofiled["state"] == "not_available"
    assert Question.objects.count() == 0


def test_without_a_policy_nothing_is_invented(world: World, caller: Caller) -> None:
    row = Profile.objects.get(model_ref=MODEL_REF)
    del row.specification["recourse"]
    row.save()
    told = caller.post(path(world.denied)).json()
    assert told["state"] == "not_available"
    assert told["detail"].startswith(f"No recourse policy is registered for {MODEL_REF}")
    assert told["answers"] == told["actionable"] == []


def test_who_may_not_read_why_may_not_ask(world: World) -> None:
    assert Caller("decisions:read").post(path(world.denied)).status_code == 403
    reader = Caller("why:read")
    assert reader.post(path("candidate-1")).status_code == 404
    assert reader.post(path(world.denied), audience="examiner").status_code == 403
    assert reader.post(path(world.erased)).status_code == 410
    assert reader.get(f"{path(world.denied)}/{uuid4()}").status_code == 404


def test_a_question_is_not_read_through_another_decision(world: World, caller: Caller) -> None:
    question = caller.post(path(world.denied)).json()["id"]
    assert caller.get(f"{path(world.ids[-1])}/{question}").status_code == 404


def test_why_says_what_was_computed(world: World, caller: Caller) -> None:
    def recourse(audience: str) -> Any:
        return caller.get(path(world.denied, "why"), audience=audience).json()["recourse"]

    assert recourse("reviewer")["state"] == "not_computed"
    found = answered(caller, world.denied, audience="reviewer").json()
    assert recourse("reviewer") == found
    assert recourse("subject")["answers"][0]["probability"] is None
    # A caller's own constraints are not what everybody is shown.
    answered(caller, world.denied, {"freeze": ["amount"]})
    assert recourse("reviewer") == found
    titles = [
        item["text"]
        for item in caller.get(path(world.denied, "why"), audience="reviewer").json()["timeline"]
    ]
    assert "Explanation computed" in titles


def test_a_replay_that_matches(world: World, caller: Caller) -> None:
    first = caller.post(path(world.denied, "replay"), audience="reviewer")
    assert first.status_code == 202
    answering.follow()
    told = caller.get(first["Location"], audience="reviewer").json()
    assert (told["state"], told["difference"]) == ("match", 0.0)
    assert told["recorded"] == told["computed"]
    plain = caller.get(first["Location"]).json()
    assert (plain["state"], plain["recorded"], plain["computed"]) == ("match", None, None)
    assert noted() == ["replay:reviewer", "replay:reviewer", "replay:subject"]


def test_a_replay_that_drifts_and_one_that_cannot(world: World, caller: Caller) -> None:
    places = [
        caller.post(path(key, "replay"), audience="reviewer")["Location"]
        for key in (world.refused, "odd-unregistered")
    ]
    while answering.follow():
        continue
    drifted, unprofiled = (caller.get(one, audience="reviewer").json() for one in places)
    assert drifted["state"] == "drift"
    assert drifted["difference"] == pytest.approx(drifted["computed"] - 0.123)
    assert (unprofiled["state"], unprofiled["cause"]) == ("cannot", "the version has no profile")
    assert caller.post(path(world.erased, "replay")).status_code == 410
