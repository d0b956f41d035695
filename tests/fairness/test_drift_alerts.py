"""Drift opens an alert: once a week, by the policy, and seldom where nothing drifts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import orjson
import pytest

from audit.door import Invalid
from fairness import alerts, drift_alerts, drifting, policies
from fairness.behind import behind, name_batch
from fairness.drift.distances import steady
from fairness.models import DriftLook, Retraining
from tests.audit.ledger import CASE, START, decide, decision_body, rows
from tests.fairness.speaking import POLICY, VOICE, follow
from tests.fairness.test_drifting import REF, refer

MONDAY = START.date() - timedelta(days=START.weekday())
DRIFT: dict[str, Any] = {"psi": 0.2, "alpha": 0.02, "least": 30, "owner": "olu"}


def week(back: int, mean: float, seed: int) -> list[Any]:
    """Sixty decisions of a week so many weeks ago, with ages about this mean."""
    drawn = np.random.default_rng(seed)
    monday = START - timedelta(days=7 * back + START.weekday())
    return decide(
        (
            decision_body(
                1000 * back + at,
                features={"age": age, "job": job},
                output={"label": "approve", "score": 0.5},
                decided_at=(monday + timedelta(minutes=at)).isoformat(),
            )
            for at, (age, job) in enumerate(
                zip(
                    drawn.normal(mean, 10, 60).round(1).tolist(),
                    drawn.choice(["a", "b"], 60).tolist(),
                    strict=True,
                )
            )
        ),
        VOICE,
    )


def judge(back: int = 0) -> int:
    """As on the Wednesday so many weeks ago."""
    follow()
    drifting.walk()
    return drift_alerts.judge_all(MONDAY - timedelta(days=7 * back) + timedelta(days=2))


def policy(**drift: Any) -> None:
    content = {**POLICY, "retrain_on_breach": True, "drift": {**DRIFT, **drift}}
    policies.set_policy(actor="user:o", use_case=CASE, content=content)


def test_a_week_that_moved_opens_one_alert_with_its_evidence(db: None) -> None:
    refer()
    policy()
    sent = week(1, 70.0, seed=1)
    assert judge() == 1
    assert judge() == 0
    (alert,) = alerts.alerts(CASE)
    assert (alert.kind, alert.owner, alert.state) == ("drift", "olu", "open")
    assert alert.subject == {"version": REF, "feature": "age"}
    said = alert.evidence
    (age,) = (one for one in found(1) if one.feature == "age")
    assert (said["psi"], said["p"]) == (f"{age.psi:.6g}", f"{age.p:.6g}")
    # Two features in the first look: half of alpha for the week, half of that for each.
    assert (said["look"], said["features"], said["share"]) == (1, 2, "0.005")
    assert (said["since"], said["until"]) == (str(MONDAY - timedelta(days=7)), str(MONDAY))
    assert [str(one.entry_id) for one in behind(alert, limit=100)] == sorted(
        str(line.id) for line in sent
    )
    assert name_batch(actor="user:o", use_case=CASE, alert_id=alert.id, name="d").many == 60
    assert Retraining.objects.get().alert == alert.id
    ((header, body),) = rows(
        "SELECT e.header, b.body FROM audit_entry e JOIN audit_entry_body b USING (id) WHERE id = %s",
        alert.entry_id,
    )
    assert orjson.loads(bytes(header))["kind"] == "alert"
    assert orjson.loads(bytes(body))["about"] == "drift"


def found(back: int) -> list[drifting.FeatureWeek]:
    since = MONDAY - timedelta(days=7 * back)
    return drifting.drift(CASE, REF, since=since, until=since + timedelta(days=7))


def test_looks_are_numbered_share_alpha_and_one_alert_is_open_at_a_time(db: None) -> None:
    refer()
    policy()
    # Before the policy nobody looked: of these only the last one is judged.
    week(4, 70.0, seed=1)
    week(3, 40.0, seed=2)
    assert judge(2) == 0
    week(2, 70.0, seed=3)
    assert judge(1) == 1
    week(1, 70.0, seed=4)
    assert judge() == 0
    looks = DriftLook.objects.order_by("number").values_list("number", "week", "alarmed")
    assert list(looks) == [
        (1, MONDAY - timedelta(days=21), []),
        (2, MONDAY - timedelta(days=14), ["age"]),
        (3, MONDAY - timedelta(days=7), ["age"]),
    ]
    (alert,) = alerts.alerts(CASE)
    assert alert.evidence["share"] == f"{0.02 / 6 / 2:.6g}"
    alerts.act(actor="user:o", use_case=CASE, alert=alert.id, what="close", text="Seen.")
    week(0, 70.0, seed=5)
    assert judge(-1) == 1


def test_a_week_is_not_judged_before_it_is_over_and_counted(db: None) -> None:
    refer()
    policy()
    week(1, 70.0, seed=1)
    follow()
    # Nothing is coded yet.
    assert drift_alerts.judge_all(MONDAY + timedelta(days=2)) == 0
    drifting.walk()
    assert drift_alerts.judge_all(MONDAY) == 0
    assert not DriftLook.objects.exists()
    assert drift_alerts.judge_all(MONDAY + timedelta(days=1)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"psi": 50.0},
        {"limits": {"age": 50.0}},
        {"features": ["job"]},
        {"least": 61},
        {"alpha": 1e-200},
    ],
    ids=lambda one: next(iter(one)),
)
def test_the_policy_says_what_is_too_much(db: None, changed: dict[str, Any]) -> None:
    refer()
    policy(**changed)
    week(1, 70.0, seed=1)
    assert judge() == 0
    assert alerts.alerts(CASE) == []


def test_without_a_word_of_drift_nothing_is_judged(db: None) -> None:
    refer()
    policies.set_policy(actor="user:o", use_case=CASE, content=POLICY)
    week(1, 70.0, seed=1)
    assert judge() == 0
    assert not DriftLook.objects.exists()


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"psi": 0.0}, "/drift/psi"),
        ({"alpha": 0.6}, "/drift/alpha"),
        ({"least": 5}, "/drift/least"),
        ({"features": ["age", "age"]}, "/drift/features"),
        ({"limits": {"a/b": -1.0}}, "/drift/limits/a~1b"),
        ({"features": ["job"], "limits": {"age": 1.0}}, "/drift/limits/age"),
        ({"owner": "x" * 121}, "/drift/owner"),
    ],
)
def test_what_cannot_be_set(db: None, said: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        policy(**said)
    assert [error["pointer"] for error in refused.value.errors] == [pointer]


def test_the_p_value_keeps_its_word_far_out_and_with_sparse_categories() -> None:
    drawn = np.random.default_rng(7)
    shares = 1 / np.arange(1, 301)
    shares /= shares.sum()
    alarms = 0
    runs, share = 1200, 0.001
    for _ in range(runs):
        old, new = (drawn.multinomial(number, shares).astype(float) for number in (1500, 120))
        alarms += steady(old, new) <= share
    # Seven alarms or more of 1,200 with a chance of 0.001 each come less than once in 1,000 times.
    assert alarms <= 6
    assert np.isnan(steady(np.zeros(3), np.ones(3)))
    assert np.isnan(steady(np.array([3.0, 2.0]), np.array([1.0, 1.0])))
