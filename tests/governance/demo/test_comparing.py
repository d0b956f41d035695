"""The demonstration's fairness policy is set once, and never over another."""

from __future__ import annotations

from governance.comparing.policies import fairness_policies, set_fairness_policy
from governance.demo.comparing import POLICY, state_policy
from governance.demo.decisions import USE_CASE
from tests.factories import VOICE, World, world

__all__ = ["world"]


def test_a_policy_that_somebody_set_stays_in_force(world: World) -> None:
    state_policy(voice=VOICE)
    set_fairness_policy(voice=VOICE, use_case=USE_CASE, content={**POLICY, "window_days": 30})
    state_policy(voice=VOICE)
    assert [one.content.window_days for one in fairness_policies(VOICE, USE_CASE)] == [30, 90]
