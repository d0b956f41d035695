"""/api/v1/models/{slug}/versions/{number}/replays: started, looked at, cancelled, by whom."""

from __future__ import annotations

from uuid import uuid4

import pytest

from explain.replay.stepping import step_sweeps
from tests.factories import World, world
from tests.governance.test_api_recourse import Caller

__all__ = ["world"]

PATH = "/api/v1/models/credit-risk/versions/1.0.0/replays"


@pytest.fixture
def owner(world: World) -> Caller:
    return Caller("registry:read", "replays:write", "why:read")


def test_a_sweep_from_start_to_report(world: World, owner: Caller) -> None:
    started = owner.post(PATH)
    assert started.status_code == 202
    assert started.json()["state"] == "running"
    assert owner.post(PATH).json()["id"] == started.json()["id"]
    step_sweeps()
    told = owner.get(started["Location"]).json()
    assert told["state"] == "finished"
    assert told["done"] == told["total"] > 0
    report = told["report"]
    assert report["decisions"] == report["match"] + report["drift"] + report["cannot"]
    # One was recorded with another score than the artefact gives, one person was erased.
    assert (report["drift"], report["causes"]) == (1, {"erased": 1})
    (example,) = told["examples"]
    assert example["entry_id"] == world.entry(world.refused)
    assert owner.get(PATH).json()["results"] == [told]


def test_examples_are_for_who_may_read_decisions(world: World, owner: Caller) -> None:
    place = owner.post(PATH)["Location"]
    step_sweeps()
    told = Caller("registry:read").get(place).json()
    assert told["report"]["drift"] == 1
    assert told["examples"] == []


def test_cancelled(world: World, owner: Caller) -> None:
    place = owner.post(PATH)["Location"]
    assert owner.post(f"{place}/cancel").json()["state"] == "cancelled"
    assert step_sweeps() == 0
    assert owner.get(place).json()["log_entry"] is None


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"since": "yesterday"}, ["/since"]),
        ({"from": "2026-01-01T00:00:00Z"}, ["/from"]),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, ["/until"]),
    ],
)
def test_windows_are_checked(
    world: World, owner: Caller, body: dict[str, str], pointers: list[str]
) -> None:
    refused = owner.post(PATH, body)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == pointers


def test_who_may(world: World, owner: Caller) -> None:
    place = owner.post(PATH)["Location"]
    reader = Caller("registry:read", "why:read")
    assert reader.get(place).status_code == 200
    assert reader.post(PATH).status_code == 403
    assert reader.post(f"{place}/cancel").status_code == 403
    assert owner.get(f"{PATH}/{uuid4()}").status_code == 404
    hiring = "/api/v1/models/shortlist/versions/2.1.0/replays"
    assert owner.get(hiring).status_code == 404
    assert owner.post(hiring).status_code == 404
