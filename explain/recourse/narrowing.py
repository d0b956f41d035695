"""A policy with a caller's wishes taken in: what is left is again a policy. Plain Python."""

from __future__ import annotations

from dataclasses import replace

from explain.recourse.policy import Bounds, Policy, Rule, Wishes


def narrowed(policy: Policy, wishes: Wishes) -> Policy:
    """The policy under which ``wishes`` are met. They must have no faults (``checking.wish_faults``)."""
    return replace(
        policy,
        rules=tuple(_rule(rule, wishes) for rule in policy.rules),
        max_changes=wishes.max_changes or policy.max_changes,
        answers=wishes.answers or policy.answers,
    )


def _rule(rule: Rule, wishes: Wishes) -> Rule:
    too_long = wishes.max_days is not None and rule.lag_days > wishes.max_days
    if rule.immutable or too_long or rule.feature in wishes.freeze:
        return replace(rule, immutable=True, direction=None)
    bounds = wishes.bounds.get(rule.feature, Bounds())
    return replace(
        rule,
        lower=rule.lower if bounds.lower is None else bounds.lower,
        upper=rule.upper if bounds.upper is None else bounds.upper,
    )
