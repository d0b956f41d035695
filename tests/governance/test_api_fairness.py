"""/api/v1/use-cases/{slug}/fairness and alerts: what is told, to whom, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import orjson
import pytest
from django.db import connection
from django.test import Client
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from audit import decisions, outcomes, sequencer, subjects
from fairness import drift_alerts, drifting, facts, redoing, references, runs, watching
from governance.keys import lookup
from governance.keys.issue import issue_key
from governance.registry import admission
from governance.registry.model import add_model
from governance.registry.use_cases import add_use_case
from governance.registry.versions import add_version
from governance.voices import SystemVoice
from tests.fairness.test_local_law_144 import (
    RACES,
    SCORED_MEN,
    SCORED_RACE,
    SCORED_SEX,
    SCORED_WOMEN,
)

VOICE = SystemVoice("tests")
CASE = "lending"
BASE = f"/api/v1/use-cases/{CASE}"
READS = ("fairness:read", "registry:read")
POLICY = {
    "favourable": ["yes"],
    "positive": ["good"],
    "segments": {"sex": {"purpose": "monitoring"}, "race": {"purpose": "monitoring"}},
    "monitors": [{"metric": "selection_rate", "segment": "sex", "alpha": 0.05}],
    "retrain_on_breach": True,
}
NOW = datetime.now(UTC)


class Caller:
    def __init__(self, *acts: str) -> None:
        issued = issue_key(voice=VOICE, name="tests", use_cases=[CASE], acts=acts)
        self.headers = {"Authorization": f"Bearer {issued.text}"}

    def get(self, path: str, **query: str) -> Any:
        return Client().get(f"{BASE}/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self._send("post", path, body)

    def put(self, path: str, body: Any) -> Any:
        return self._send("put", path, body)

    def _send(self, method: str, path: str, body: Any) -> Any:
        send = getattr(Client(), method)
        return send(
            f"{BASE}/{path}",
            data=orjson.dumps(body or {}),
            content_type="application/json",
            headers=self.headers,
        )


@pytest.fixture(autouse=True)
def house(db: None) -> None:
    for forget in (subjects.forget_all, lookup._known.clear, admission._known.clear):
        forget()
    add_use_case(voice=VOICE, slug=CASE, name="Lending")
    add_model(voice=VOICE, use_case=CASE, slug="score", name="Score")
    add_version(voice=VOICE, model="score", number="1")
    add_version(voice=VOICE, model="score", number="2")


def follow() -> None:
    sequencer.Sequencer().step()
    while facts.follow():
        continue
    redoing.walk()


def record(said: Sequence[dict[str, Any]], first: int = 0) -> None:
    lines = [
        orjson.dumps(
            {
                "id": f"d-{at}",
                "use_case": CASE,
                "model": "score",
                "version": "1",
                "decided_at": (NOW - timedelta(minutes=5)).isoformat(),
                "subject": f"p-{at}",
                "features": {"x": at},
                **one,
            }
        )
        for at, one in enumerate(said, first)
    ]
    decisions.record_many(voice=VOICE, lines=lines, on_error="fail")


def decide(first: int, many: int, sex: str, label: str) -> None:
    said = [
        {
            "output": {"label": label, "score": (at % 10) / 10},
            "segments": {"sex": sex, "race": "ab"[at % 2]},
        }
        for at in range(first, first + many)
    ]
    record(said, first)


def told(many: int) -> None:
    lines = [
        orjson.dumps(
            {
                "decision": f"d-{at}",
                "use_case": CASE,
                "id": "o",
                "label": "good" if at % 2 else "bad",
                "source": "ledger",
                "observed_at": NOW.isoformat(),
            }
        )
        for at in range(many)
    ]
    outcomes.record_many(voice=VOICE, lines=lines, on_error="fail")


def world() -> None:
    assert (
        Caller("fairness:write", "registry:read").put("fairness/policy", POLICY).status_code == 200
    )
    watching.step_all()
    decide(0, 60, "f", "no")
    decide(60, 60, "m", "yes")
    decide(120, 3, "x", "yes")
    told(100)
    follow()
    for at in range(3):
        watching.step_all()
        decide(200 + at * 200, 60, "f", "no")
        decide(300 + at * 200, 60, "m", "yes")
        follow()
    watching.step_all()


def group(figures: dict[str, Any], name: str) -> dict[str, Any]:
    axis = next(one for one in figures["axes"] if one["attributes"] == ["sex"])
    return next(one for one in axis["groups"] if one["name"] == [name])


def test_a_policy_is_set_read_and_refused_with_pointers() -> None:
    owner, reader = Caller("fairness:write", *READS), Caller(*READS)
    assert owner.get("fairness/policy").status_code == 404
    first = owner.put("fairness/policy", POLICY)
    assert (first.status_code, first.json()["number"]) == (200, 1)
    assert owner.put("fairness/policy", {**POLICY, "confidence": 0.9}).json()["number"] == 2
    assert reader.get("fairness/policy").json()["content"]["confidence"] == 0.9
    assert [one["number"] for one in reader.get("fairness/policies").json()["results"]] == [2, 1]
    refused = owner.put("fairness/policy", {**POLICY, "favourable": []})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/favourable")
    assert owner.put("fairness/policy", [1]).status_code == 422
    assert reader.put("fairness/policy", POLICY).status_code == 403


def test_figures_at_once_and_small_groups_for_few() -> None:
    world()
    everything, reader = Caller("fairness:small", *READS), Caller(*READS)
    whole = everything.get("fairness/figures").json()
    assert whole["decisions"] == 483
    assert group(whole, "x")["decisions"] == 3
    rate = next(one for one in group(whole, "f")["figures"] if one["metric"] == "selection_rate")
    assert (rate["value"], rate["state"]) == (0.0, "breach")
    part = reader.get("fairness/figures").json()
    assert group(part, "x") == {
        "name": ["x"],
        "decisions": None,
        "labelled": None,
        "figures": [],
        "means": [],
        "hidden": True,
    }
    narrowed = everything.get("fairness/figures", where="sex:f", by="race").json()
    assert (narrowed["decisions"], len(narrowed["axes"])) == (240, 1)
    assert reader.get("fairness/figures", where="sex:f").status_code == 422
    assert reader.get("fairness/scores").json()["axes"][0]["groups"][0]["number"] == 483
    assert reader.get("fairness/scores", exact="perhaps").status_code == 422
    exact = reader.get("fairness/scores", exact="true").json()
    assert (exact["exact"], exact["axes"][0]["groups"][0]["number"]) == (True, 483)
    assert ["x"] not in [one["name"] for one in exact["axes"][1]["groups"]]
    line = reader.get("fairness/series", segment="sex").json()["lines"]
    assert [one["group"] for one in line] == ["", "f", "m", "x"]
    assert reader.get("fairness/series").status_code == 422
    covered = reader.get("fairness/coverage").json()["results"]
    assert sum(one["labelled"] for one in covered) == 100


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-02", "until": "2026-01-01"}, "until"),
        ({"basis": "both"}, "basis"),
        ({"by": "shoe"}, "by"),
        ({"where": "sex"}, "where"),
        ({"by": "\x00"}, "by"),
    ],
)
def test_a_parameter_out_of_form_is_named(query: dict[str, str], parameter: str) -> None:
    caller = Caller("fairness:write", "fairness:small", *READS)
    caller.put("fairness/policy", POLICY)
    refused = caller.get("fairness/figures", **query)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, parameter)


def test_without_a_policy_nothing_is_compared() -> None:
    assert Caller(*READS).get("fairness/figures").status_code == 409
    assert Caller("fairness:write", *READS).post("fairness/runs").status_code == 409


def test_a_run_is_ordered_computed_and_read() -> None:
    world()
    owner, reader = Caller("fairness:write", *READS), Caller(*READS)
    started = owner.post("fairness/runs", {"version": "score@1"})
    assert (started.status_code, started.json()["state"]) == (202, "pending")
    assert reader.post("fairness/runs").status_code == 403
    runs.perform_all()
    path = started["Location"].removeprefix(f"{BASE}/")
    found = reader.get(path).json()
    assert (found["state"], found["restricted"], found["agreement"]) == ("ready", True, 0.0)
    assert group(found["said"]["machine"], "x")["hidden"]
    assert not group(Caller("fairness:small", *READS).get(path).json()["said"]["machine"], "x")[
        "hidden"
    ]
    assert [one["said"] for one in reader.get("fairness/runs").json()["results"]] == [None]
    assert reader.get(f"fairness/runs/{uuid4()}").status_code == 404


def test_the_bias_audit() -> None:
    world()
    everything = Caller("fairness:small", *READS)
    found = everything.get("fairness/local-law-144", sex="sex", race="race").json()
    assert (found["tool"], found["total"], found["sex"]["reference"]) == ("selects", 483, ["m"])
    scores = everything.get("fairness/local-law-144", tool="scores").json()
    assert scores["median"] == pytest.approx(0.4)
    restricted = Caller(*READS).get("fairness/local-law-144").json()
    assert ["x"] not in [one["name"] for one in restricted["sex"]["categories"]]
    assert everything.get("fairness/local-law-144", race="shoe").status_code == 422


def test_the_scoring_example_of_the_rule_itself() -> None:
    """6 RCNY 5-301(c), with 15 people of whom the sex is not known."""
    Caller("fairness:write", *READS).put("fairness/policy", POLICY)
    people: list[tuple[str | None, str, float]] = [(None, "White", 0.5)] * 15
    for sex, categories in (("female", SCORED_WOMEN), ("male", SCORED_MEN)):
        for race, (number, rate, _) in zip(RACES, categories, strict=True):
            above = round(number * rate / 100)
            people += [(sex, race, 0.9)] * above + [(sex, race, 0.1)] * (number - above)
    said = [
        {"output": {"score": score}, "segments": {"race": race} | ({"sex": sex} if sex else {})}
        for sex, race, score in people
    ]
    record(said)
    follow()
    found = Caller("fairness:small", *READS).get("fairness/local-law-144", tool="scores").json()
    assert (found["total"], found["unknown"], found["median"]) == (183, 15, 0.5)
    shown = {
        tuple(one["name"]): (one["number"], f"{one['ratio']:.2f}")
        for axis in ("sex", "race", "intersections")
        for one in found[axis]["categories"]
    }
    expected = {("male",): SCORED_SEX[0], ("female",): SCORED_SEX[1]}
    expected |= {(race,): row for race, row in zip(RACES, SCORED_RACE, strict=True)}
    for sex, rows in (("female", SCORED_WOMEN), ("male", SCORED_MEN)):
        expected |= {(sex, race): row for race, row in zip(RACES, rows, strict=True)}
    assert shown == {name: (row[0], row[2]) for name, row in expected.items()}


def test_errors_of_a_regression_per_segment() -> None:
    """442 patients of the diabetes study: what a linear regression says of the year to come."""
    data = load_diabetes()
    predicted = LinearRegression().fit(data.data, data.target).predict(data.data)
    sex = np.where(data.data[:, 1] > 0, "f", "m")
    policy = {**POLICY, "score": {"low": 0.0, "high": 400.0}}
    Caller("fairness:write", *READS).put("fairness/policy", policy)
    record(
        [
            {"output": {"score": score}, "segments": {"sex": one}}
            for score, one in zip(predicted.tolist(), sex.tolist(), strict=True)
        ]
    )
    outcomes.record_many(
        voice=VOICE,
        lines=[
            orjson.dumps(
                {
                    "decision": f"d-{at}",
                    "use_case": CASE,
                    "id": "o",
                    "value": value,
                    "source": "ledger",
                    "observed_at": NOW.isoformat(),
                }
            )
            for at, value in enumerate(data.target.tolist())
        ],
        on_error="fail",
    )
    follow()
    caller = Caller(*READS)
    found = caller.get("fairness/figures").json()
    (axis,) = (one for one in found["axes"] if one["attributes"] == ["sex"])
    assert [one["name"] for one in axis["groups"]] == [["f"], ["m"]]
    for told, mine in (
        (found["overall"], np.ones(442, dtype=bool)),
        *((one, sex == one["name"][0]) for one in axis["groups"]),
    ):
        assert (told["decisions"], told["labelled"], told["figures"]) == (
            mine.sum(),
            mine.sum(),
            [],
        )
        means = {one["metric"]: one for one in told["means"]}
        truth, said = data.target[mine], predicted[mine]
        expected = {
            "score_mean": said.mean(),
            "bias": (said - truth).mean(),
            "mae": mean_absolute_error(truth, said),
            "rmse": root_mean_squared_error(truth, said),
        }
        assert {name: one["value"] for name, one in means.items()} == pytest.approx(
            expected, rel=1e-12, abs=1e-9
        )
        assert all(one["low"] < one["value"] < one["high"] for one in means.values())
    owner = Caller("fairness:write", *READS)
    started = owner.post("fairness/runs", {"version": "score@1"})
    runs.perform_all()
    stored = owner.get(started["Location"].removeprefix(f"{BASE}/")).json()
    assert stored["state"] == "ready"
    assert stored["said"]["machine"]["axes"][0]["groups"][0]["means"] == axis["groups"][0]["means"]


def test_means_of_too_few_are_not_told_to_all() -> None:
    Caller("fairness:write", *READS).put("fairness/policy", POLICY)
    record([{"output": {"score": 0.5}, "segments": {"sex": "f"}} for _ in range(40)])
    value = {
        "use_case": CASE,
        "id": "o",
        "value": 1.0,
        "source": "s",
        "observed_at": NOW.isoformat(),
    }
    lines = [orjson.dumps({**value, "decision": f"d-{at}"}) for at in range(3)]
    outcomes.record_many(voice=VOICE, lines=lines, on_error="fail")
    follow()
    for caller, metrics in (
        (Caller("fairness:small", *READS), ["score_mean", "bias", "mae", "rmse"]),
        (Caller(*READS), ["score_mean"]),
    ):
        found = caller.get("fairness/figures").json()
        for told in (found["overall"], found["axes"][0]["groups"][0]):
            assert [one["metric"] for one in told["means"]] == metrics


def test_an_alert_from_evidence_to_a_batch_and_a_version() -> None:
    world()
    owner = Caller("fairness:write", "alerts:write", *READS)
    found = owner.get("alerts").json()["results"]
    alert = next(one for one in found if one["subject"]["group"] == "f")
    path = f"alerts/{alert['id']}"
    assert owner.get(path).json() == alert
    assert owner.post(f"{path}/acts", {"act": "acknowledge"}).json()["state"] == "acknowledged"
    assert owner.post(f"{path}/acts", {"act": "acknowledge"}).status_code == 409
    assert owner.post(f"{path}/acts", {"act": "explain"}).status_code == 422
    assert Caller(*READS).post(f"{path}/acts", {"act": "close"}).status_code == 403
    assert len(owner.get("alerts", state="acknowledged").json()["results"]) == 1
    assert owner.get(f"{path}/decisions").status_code == 403
    examiner = Caller("why:examiner", *READS)
    behind = examiner.get(f"{path}/decisions").json()["results"]
    assert (len(behind), {one["label"] for one in behind}) == (50, {"no"})
    more = examiner.get(f"{path}/decisions", after=behind[-1]["entry_id"]).json()["results"]
    assert more[0]["entry_id"] > behind[-1]["entry_id"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT purpose FROM audit_pending_access")
        assert cursor.fetchall() == [("alert:decisions",)]
    batch = owner.post(f"{path}/batches", {"name": "Refused women"}).json()
    assert batch["many"] == 240
    assert owner.get("batches").json()["results"] == [batch]
    asked = owner.get("retrainings").json()["results"]
    link = f"retrainings/{asked[0]['id']}/version"
    assert owner.post(link, {"version": "score@2"}).json()["model_ref"] == "score@2"
    assert owner.post(link, {"version": "score@1"}).status_code == 409
    assert owner.post(link, {"version": "other@1"}).status_code == 404
    (watch,) = owner.get("fairness/watches").json()["results"]
    assert {one["group"]: one["alarmed"] for one in watch["groups"]}["f"]


def test_alerts_of_performance_and_of_drift_with_the_decisions_behind_them() -> None:
    owner = Caller("fairness:write", "alerts:write", *READS)
    floors = [{"metric": "accuracy", "least": 0.8, "alpha": 0.05}]
    drift = {"least": 30, "features": ["x"], "alpha": 0.02}
    content = {**POLICY, "monitors": [], "floors": floors, "drift": drift}
    assert owner.put("fairness/policy", content).status_code == 200
    references.set_reference(
        actor="system:t",
        use_case=CASE,
        model_ref="score@1",
        kinds={"x": "number"},
        rows=[{"x": float(at)} for at in range(300)],
    )
    follow()
    watching.step_all()
    monday = NOW.date() - timedelta(days=NOW.weekday() + 7)
    then = datetime.combine(monday, datetime.min.time(), UTC).isoformat()
    said = {"output": {"label": "yes", "score": 0.5}, "features": {"x": 295.0}, "decided_at": then}
    record([said] * 60)
    lost = [
        {
            "id": "o",
            "decision": f"d-{at}",
            "use_case": CASE,
            "label": "good" if at < 10 else "bad",
            "source": "ledger",
            "observed_at": NOW.isoformat(),
        }
        for at in range(60)
    ]
    outcomes.record_many(voice=VOICE, lines=[orjson.dumps(one) for one in lost], on_error="fail")
    follow()
    drifting.walk()
    watching.step_all()
    assert drift_alerts.judge_all(monday + timedelta(days=9)) == 1
    told = {one["kind"]: one for one in owner.get("alerts").json()["results"]}
    assert told.keys() == {"performance", "drift"}
    assert told["performance"]["subject"] == {
        "metric": "accuracy",
        "least": "0.8",
        "direction": "lower",
    }
    assert (told["performance"]["evidence"]["hits"], told["performance"]["evidence"]["trials"]) == (
        10,
        60,
    )
    assert told["drift"]["subject"] == {"version": "score@1", "feature": "x"}
    assert told["drift"]["evidence"]["decisions"] == 60
    examiner = Caller("why:examiner", *READS)
    for kind, many, truths in (("performance", 50, {"bad"}), ("drift", 60, {"good", "bad"})):
        path = f"alerts/{told[kind]['id']}"
        assert owner.get(f"{path}/decisions").status_code == 403
        found = examiner.get(f"{path}/decisions").json()["results"]
        if many > 50:
            last = found[-1]["entry_id"]
            found += examiner.get(f"{path}/decisions", after=last).json()["results"]
        assert (len(found), {one["truth"] for one in found}) == (many, truths)
        assert owner.post(f"{path}/batches", {"name": kind}).json()["many"] == many
    (watch,) = owner.get("fairness/watches").json()["results"]
    assert (watch["segment"], watch["least_ratio"]) == ("", 0.8)
    assert [(one["group"], one["alarmed"]) for one in watch["groups"]] == [("", True)]
    # With few of them the API is as silent as the pages.
    few = {"limits": {"shown": 70, "least": 70}}
    assert owner.put("fairness/policy", {**content, **few}).status_code == 200
    told = {one["kind"]: one["evidence"] for one in owner.get("alerts").json()["results"]}
    assert "trials" not in told["performance"] and "log_capital" in told["performance"]
    assert {"decisions", "psi", "p"}.isdisjoint(told["drift"]) and "limit" in told["drift"]
    seen = Caller("fairness:small", *READS).get("alerts").json()["results"]
    assert {one["kind"]: one["evidence"] for one in seen}["drift"]["decisions"] == 60


def test_other_use_cases_are_not_there() -> None:
    issued = issue_key(voice=VOICE, name="t", use_cases=[CASE], acts=READS)
    add_use_case(voice=VOICE, slug="hiring", name="Hiring")
    headers = {"Authorization": f"Bearer {issued.text}"}
    for path in (
        "fairness/policy",
        "fairness/figures",
        "fairness/runs",
        "alerts",
        "fairness/feedback",
    ):
        assert Client().get(f"/api/v1/use-cases/hiring/{path}", headers=headers).status_code == 404
    stranger = Caller("registry:read")
    for path in ("fairness/figures", "alerts", "fairness/watches", "fairness/feedback"):
        assert stranger.get(path).status_code == 403
