"""Whether a change keeps to a policy, one case at a time and in plain Python.

The search keeps to the policy by how it builds its candidates; this is the second look, written apart from it, that
every answer must pass before anybody sees it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import nan
from typing import Any

from explain.recourse.policy import Policy, Raises, Rule

# A multiple of a step, in binary fractions, is a whole number only nearly.
ROUNDING = 1e-6
# Sums of binary fractions that should touch a bound miss it by their last digits.
TOUCHING = 1e-9


def cost(policy: Policy, before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    """What the changes cost by the policy, in its order of rules."""
    total = 0.0
    for rule in policy.rules:
        old, new = before.get(rule.feature), after.get(rule.feature)
        if new != old:
            total += rule.cost_per_change + rule.cost_per_unit * distance(rule, old, new)
    return total


def distance(rule: Rule, old: Any, new: Any) -> float:
    """Units of a number, or places in the order of a category (1 from a value outside of it)."""
    if rule.step is not None:
        return abs(float(new) - float(old))
    if old in rule.allowed and new in rule.allowed and rule.direction != "any":
        return float(abs(rule.allowed.index(new) - rule.allowed.index(old)))
    return 1.0


def obstacles(
    policy: Policy,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    protected: Collection[str] = (),
) -> list[str]:
    """What keeps ``after`` from being a feasible change of ``before``, a sentence each."""
    changed = [name for name in after if after[name] != before.get(name)]
    found = [f"'{name}' is protected." for name in changed if name in protected]
    if len(changed) > policy.max_changes:
        found.append(f"{len(changed)} features change, more than {policy.max_changes}.")
    for name in changed:
        rule = policy.rule(name)
        if rule is None:
            found.append(f"'{name}' may not change.")
        elif rule.step is not None:
            found += _number(rule, before[name], after[name])
        else:
            found += _category(rule, before.get(name), after[name])
    return found + list(_bound(policy, before, after, changed))


def _number(rule: Rule, old: Any, new: Any) -> Iterator[str]:
    if (new > old and rule.direction == "decrease") or (new < old and rule.direction == "increase"):
        yield f"'{rule.feature}' goes the wrong way."
    if (rule.lower is not None and new < rule.lower) or (
        rule.upper is not None and new > rule.upper
    ):
        yield f"'{rule.feature}' leaves its bounds."
    steps = abs(new - old) / (rule.step or 1.0)
    if abs(steps - round(steps)) > ROUNDING:
        yield f"'{rule.feature}' changes by no multiple of its step."


def _category(rule: Rule, old: Any, new: Any) -> Iterator[str]:
    if new not in rule.allowed:
        yield f"'{rule.feature}' may not become '{new}'."
    elif rule.direction != "any" and old not in rule.allowed:
        yield f"'{rule.feature}' has no place in the order from which it could go on."
    elif rule.direction != "any":
        later = rule.allowed.index(new) > rule.allowed.index(old)
        if later != (rule.direction == "increase"):
            yield f"'{rule.feature}' goes the wrong way."


def _bound(
    policy: Policy, before: Mapping[str, Any], after: Mapping[str, Any], changed: list[str]
) -> Iterator[str]:
    for group in policy.together:
        if 0 < sum(name in changed for name in group.features) < len(group.features):
            yield f"{' and '.join(group.features)} change together or not at all."
    yield from _consequences(policy, before, after, changed)
    for inequality in policy.linear:
        if any(name in changed for name in inequality.terms):
            total = sum(by * number(after, name) for name, by in inequality.terms.items())
            # Where a number is missing the sum is none, and nothing holds of it.
            if not total <= inequality.at_most + TOUCHING * max(1.0, abs(inequality.at_most)):
                yield f"The inequality over {', '.join(inequality.terms)} does not hold."


def _consequences(
    policy: Policy, before: Mapping[str, Any], after: Mapping[str, Any], changed: list[str]
) -> Iterator[str]:
    active = [one for one in policy.raises if raised(policy, one, before, after)]
    for one in active:
        if not number(after, one.effect) >= number(before, one.effect) + one.by - TOUCHING:
            yield f"Raising '{one.cause}' takes '{one.effect}' up by {one.by:g}."
    called_for = {one.effect for one in active}
    for name in changed:
        rule = policy.rule(name)
        if rule is not None and rule.follows and name not in called_for:
            yield f"'{name}' changes only as a consequence of another change."


def number(values: Mapping[str, Any], name: str) -> float:
    value = values.get(name)
    return nan if value is None else float(value)


def raised(
    policy: Policy, one: Raises, before: Mapping[str, Any], after: Mapping[str, Any]
) -> bool:
    """Whether the cause of a dependency goes up: a number grows, a category moves on in its order."""
    rule = policy.rule(one.cause)
    old, new = before.get(one.cause), after.get(one.cause)
    if rule is None or new == old:
        return False
    if rule.step is not None:
        return number(after, one.cause) > number(before, one.cause)
    order = rule.allowed
    return old in order and new in order and order.index(new) > order.index(old)
