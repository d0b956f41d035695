"""What the demonstration compares: its fairness policy, and one run of it over the public API."""

from __future__ import annotations

from typing import Any, Final

from audit.door import Voice
from governance.comparing.policies import fairness_policies, set_fairness_policy
from governance.demo.client import Client
from governance.demo.decisions import USE_CASE
from governance.demo.playing import await_all

PATH: Final = f"use-cases/{USE_CASE}/fairness"
PURPOSE: Final = "detecting discrimination"
# What is favourable and whom to compare is for an organisation to say; this is the demonstration's word.
POLICY: Final[dict[str, Any]] = {
    "favourable": ["approve"],
    "positive": ["repaid"],
    # The score is the probability of not being repaid.
    "score": {"low": 0.0, "high": 1.0, "direction": "lower_favourable"},
    "segments": {
        name: {"purpose": PURPOSE, "protected": True}
        for name in ("sex", "age_band", "foreign_worker")
    },
    "intersections": [["sex", "age_band"]],
    "sources": ["ledger"],
    "monitors": [
        {"metric": "selection_rate", "segment": name, "least_ratio": 0.8, "alpha": 0.01}
        for name in ("sex", "age_band")
    ],
}


def state_policy(*, voice: Voice) -> None:
    """Set the policy, unless one is set: at a second start somebody may have set another."""
    if not fairness_policies(voice, USE_CASE):
        set_fairness_policy(voice=voice, use_case=USE_CASE, content=POLICY)


def assess(client: Client, decided: int) -> str:
    """Wait until all decisions are rolled up, order a run, wait for it; its path below the base."""

    def rolled_up() -> int:
        return int(client.get(f"{PATH}/figures")["decisions"])

    await_all("Rolled up", decided, rolled_up)
    run = f"{PATH}/runs/{client.post(f'{PATH}/runs', {})['id']}"
    await_all("Assessed by Fairlearn", 1, lambda: int(client.get(run)["state"] != "pending"))
    return run
