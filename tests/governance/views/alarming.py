"""What the tests of the pages about alerts share: groups that are treated differently until a monitor alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson

from audit import decisions, outcomes, projections, sequencer
from fairness import alerts, drift_alerts, drifting, facts, policies, redoing, references, watching
from fairness.alerts import AlertView
from governance.demo.decisions import USE_CASE
from governance.registry.model import add_model
from governance.registry.versions import add_version
from tests.factories import VOICE

POLICY: dict[str, Any] = {
    "favourable": ["approve"],
    "positive": ["repaid"],
    "segments": {"sex": {"purpose": "detecting discrimination"}},
    "sources": ["ledger"],
    "monitors": [{"metric": "selection_rate", "segment": "sex", "alpha": 0.05}],
    "retrain_on_breach": True,
}


def state(**changed: Any) -> None:
    policies.set_policy(actor="user:o", use_case=USE_CASE, content={**POLICY, **changed})


def follow() -> None:
    sequencer.catch_up()
    while facts.follow():
        continue
    redoing.walk()
    watching.step_all()
    projections.catch_up()


def send(first: int, many: int, sex: str, label: str, **changed: Any) -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    lines = [
        orjson.dumps(
            {
                "id": f"alarm-{number}",
                "use_case": USE_CASE,
                "model": "credit-risk",
                "version": "1.0.0",
                "decided_at": at.isoformat(),
                "subject": f"person-{number}",
                "inputs": {"amount": number},
                "output": {"label": label, "score": 0.7 if label == "deny" else 0.1},
                "segments": {"sex": sex},
                **changed,
            }
        )
        for number in range(first, first + many)
    ]
    decisions.record_many(voice=VOICE, lines=lines, on_error="fail")


def repaid(first: int, many: int, label: str = "repaid") -> None:
    lines = [
        orjson.dumps(
            {
                "id": "o",
                "decision": f"alarm-{number}",
                "use_case": USE_CASE,
                "label": label,
                "source": "ledger",
                "observed_at": datetime.now(UTC).isoformat(),
            }
        )
        for number in range(first, first + many)
    ]
    outcomes.record_many(voice=VOICE, lines=lines, on_error="fail")


def alarmed(rounds: int = 4, **policy: Any) -> AlertView:
    """Set the policy, treat women worse than men for some rounds, and return the alert about women."""
    state(**policy)
    follow()
    for at in range(rounds):
        send(at * 100, 20, "female", "deny")
        send(at * 100 + 20, 5, "female", "approve")
        send(at * 100 + 40, 6, "male", "deny")
        send(at * 100 + 60, 20, "male", "approve")
        follow()
    return next(one for one in alerts.alerts(USE_CASE) if one.subject["group"] == "female")


FLOOR: dict[str, Any] = {"metric": "accuracy", "least": 0.8, "alpha": 0.05}
DRIFT: dict[str, Any] = {"psi": 0.2, "alpha": 0.02, "least": 30, "features": ["income_net"]}


def fallen(
    metric: str = "accuracy", label: str = "approve", truth: str = "lost", **policy: Any
) -> AlertView:
    """Set a floor, decide of fifty people, forty of them so that ``metric`` falls, and return the alert."""
    state(monitors=[], floors=[{**FLOOR, "metric": metric}], **policy)
    follow()
    send(9000, 40, "female", label)
    send(9040, 10, "female", "approve")
    repaid(9000, 40, truth)
    repaid(9040, 10)
    follow()
    return next(one for one in alerts.alerts(USE_CASE) if one.kind == "performance")


def last_week() -> datetime:
    """Its Monday."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday() + 7)


def drifted(ref: str = "score@1", many: int = 60, **policy: Any) -> AlertView:
    """Let the incomes of a version of its own rise last week, judge it, and return the alert about drift."""
    model, number = ref.split("@")
    add_model(voice=VOICE, use_case=USE_CASE, slug=model, name="Score")
    add_version(voice=VOICE, model=model, number=number)
    drawn = np.random.default_rng(1)
    rows = [{"income_net": float(one)} for one in drawn.normal(100, 20, 300).round(1)]
    references.set_reference(
        actor="system:t",
        use_case=USE_CASE,
        model_ref=ref,
        kinds={"income_net": "number"},
        rows=rows,
    )
    state(monitors=[], drift=DRIFT, **policy)
    for at, income in enumerate(drawn.normal(150, 20, many).round(1)):
        send(
            8000 + at,
            1,
            "female",
            "approve",
            model=model,
            version=number,
            features={"income_net": float(income)},
            decided_at=(last_week() + timedelta(hours=at)).isoformat(),
        )
    follow()
    drifting.walk()
    drift_alerts.judge_all((last_week() + timedelta(days=9)).date())
    return next(one for one in alerts.alerts(USE_CASE) if one.kind == "drift")
