"""What the tests of the pages about alerts share: groups that are treated differently until a monitor alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from audit import decisions, outcomes, projections, sequencer
from fairness import alerts, facts, policies, redoing, watching
from fairness.alerts import AlertView
from governance.demo.decisions import USE_CASE
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


def repaid(first: int, many: int) -> None:
    lines = [
        orjson.dumps(
            {
                "id": "o",
                "decision": f"alarm-{number}",
                "use_case": USE_CASE,
                "label": "repaid",
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
