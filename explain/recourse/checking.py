"""What is wrong with a policy, or with a caller's wishes: a sentence each, with where. Plain Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

from explain.recourse.policy import (
    MOST_ANSWERS,
    MOST_CHANGES,
    MOST_STEPS,
    Bounds,
    Policy,
    Rule,
    Wishes,
)


class Described(Protocol):
    """What the specification says of a feature."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def role(self) -> str: ...


@dataclass(frozen=True)
class Fault:
    """``pointer`` (RFC 6901) leads from the policy, or the wishes, to what is wrong."""

    pointer: str
    detail: str


def policy_faults(policy: Policy, features: Sequence[Described]) -> list[Fault]:
    """Everything that keeps the policy from being used; empty when nothing does."""
    known = {feature.name: feature for feature in features}
    found = [*_limits(policy), *_twice(policy)]
    for at, rule in enumerate(policy.rules):
        place = f"/rules/{at}"
        feature = known.get(rule.feature)
        if feature is None:
            found.append(Fault(f"{place}/feature", f"'{rule.feature}' is no feature."))
            continue
        found += [Fault(f"{place}/{where}", text) for where, text in _rule_faults(rule, feature)]
    return [*found, *_together(policy), *_raises(policy, known), *_linear(policy, known)]


def _limits(policy: Policy) -> Iterator[Fault]:
    if not 1 <= policy.max_changes <= MOST_CHANGES:
        yield Fault("/max_changes", f"A person can be asked for 1 to {MOST_CHANGES} changes.")
    if not 1 <= policy.answers <= MOST_ANSWERS:
        yield Fault("/answers", f"There can be 1 to {MOST_ANSWERS} answers.")


def _twice(policy: Policy) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, rule in enumerate(policy.rules):
        if rule.feature in seen:
            yield Fault(f"/rules/{at}/feature", f"'{rule.feature}' has two rules.")
        seen.add(rule.feature)


def _rule_faults(rule: Rule, feature: Described) -> Iterator[tuple[str, str]]:
    name = f"'{rule.feature}'"
    if feature.role == "protected" and not rule.immutable:
        yield "immutable", f"{name} is protected, and a protected feature is never changed."
    if rule.immutable and rule.direction is not None:
        yield "direction", f"{name} is immutable and has a direction: it can only have one of them."
    for field in ("cost_per_unit", "cost_per_change", "lag_days"):
        value = getattr(rule, field)
        if not (isfinite(value) and value >= 0):
            yield field, f"{field.replace('_', ' ').capitalize()} of {name} is 0 or more."
    if rule.immutable:
        return
    if rule.direction is None:
        yield "direction", f"{name} needs a direction (increase, decrease or any), or is immutable."
    elif feature.kind == "number":
        yield from _number_faults(rule, name)
    else:
        yield from _category_faults(rule, name)


def _number_faults(rule: Rule, name: str) -> Iterator[tuple[str, str]]:
    if rule.allowed:
        yield "allowed", f"{name} is a number: it has bounds and a step, no allowed values."
    if rule.step is None or not isfinite(rule.step) or rule.step <= 0:
        yield "step", f"The step of {name} is more than 0."
    elif any(end is not None and not isfinite(end) for end in (rule.lower, rule.upper)):
        yield "upper", f"The bounds of {name} are finite."
    else:
        yield from _span_faults(rule, rule.step, name)


def _span_faults(rule: Rule, step: float, name: str) -> Iterator[tuple[str, str]]:
    if rule.upper is None and rule.direction in ("increase", "any"):
        yield "upper", f"{name} may increase, so it needs an upper bound."
    if rule.lower is None and rule.direction in ("decrease", "any"):
        yield "lower", f"{name} may decrease, so it needs a lower bound."
    if rule.lower is None or rule.upper is None:
        return
    if rule.lower > rule.upper:
        yield "lower", f"The bounds of {name} are crossed: {rule.lower:g} is above {rule.upper:g}."
    elif (rule.upper - rule.lower) / step > MOST_STEPS:
        yield "step", f"The step of {name} makes more than {MOST_STEPS:,} values."


def _category_faults(rule: Rule, name: str) -> Iterator[tuple[str, str]]:
    if rule.step is not None or rule.lower is not None or rule.upper is not None:
        yield "allowed", f"{name} is a category: it has allowed values, no bounds and no step."
    if not rule.allowed:
        yield "allowed", f"{name} needs the values it may change to."
    if len(set(rule.allowed)) < len(rule.allowed):
        yield "allowed", f"A value of {name} is named twice."
    if rule.follows:
        yield "follows", f"{name} is a category, and only a number can follow another change."


def _together(policy: Policy) -> Iterator[Fault]:
    for at, group in enumerate(policy.together):
        if len(set(group.features)) < 2:
            yield Fault(f"/together/{at}/features", "Two features at least change together.")
        for place, name in enumerate(group.features):
            if policy.rule(name) is None:
                text = f"'{name}' changes together with others, but nothing says how it may change."
                yield Fault(f"/together/{at}/features/{place}", text)


def _raises(policy: Policy, known: Mapping[str, Described]) -> Iterator[Fault]:
    for at, one in enumerate(policy.raises):
        effect = policy.rule(one.effect)
        if policy.rule(one.cause) is None:
            text = f"'{one.cause}' raises another feature, but nothing says how it may change."
            yield Fault(f"/raises/{at}/cause", text)
        if effect is None or effect.direction == "decrease" or not _number(known, one.effect):
            text = f"'{one.effect}' is to be raised, so it must be a number that may increase."
            yield Fault(f"/raises/{at}/effect", text)
        if not (isfinite(one.by) and one.by > 0):
            yield Fault(f"/raises/{at}/by", "It is raised by more than 0.")
    circle = _circle({one.cause: [] for one in policy.raises}, policy)
    if circle:
        yield Fault("/raises", f"The dependencies go round in a circle: {' → '.join(circle)}.")


def _circle(graph: dict[str, list[str]], policy: Policy) -> list[str]:
    """A circle among the dependencies, from a feature back to itself; empty when there is none."""
    for one in policy.raises:
        graph[one.cause].append(one.effect)
    for start in sorted(graph):
        paths = [[start]]
        while paths:
            path = paths.pop()
            for following in graph.get(path[-1], ()):
                if following == start:
                    return [*path, start]
                if following not in path:
                    paths.append([*path, following])
    return []


def _linear(policy: Policy, known: Mapping[str, Described]) -> Iterator[Fault]:
    for at, one in enumerate(policy.linear):
        if not one.terms:
            yield Fault(f"/linear/{at}/terms", "An inequality needs a term.")
        if not isfinite(one.at_most):
            yield Fault(f"/linear/{at}/at_most", "The bound is finite.")
        for name, coefficient in one.terms.items():
            place = f"/linear/{at}/terms/{escaped(name)}"
            if not _number(known, name):
                yield Fault(place, f"'{name}' is no number, and an inequality is about numbers.")
            if not isfinite(coefficient) or coefficient == 0:
                yield Fault(place, f"The coefficient of '{name}' is finite and not 0.")


def _number(known: Mapping[str, Described], name: str) -> bool:
    return name in known and known[name].kind == "number"


def wish_faults(wishes: Wishes, policy: Policy, names: Sequence[str]) -> list[Fault]:
    """Where the wishes name what there is not, or would widen the policy instead of narrowing it."""
    found = [
        Fault(f"/freeze/{at}", f"'{name}' is no feature of this version.")
        for at, name in enumerate(wishes.freeze)
        if name not in names
    ]
    for name, bounds in wishes.bounds.items():
        place = f"/bounds/{escaped(name)}"
        rule = policy.rule(name)
        if rule is None or rule.step is None:
            found.append(Fault(place, f"The policy knows '{name}' as no number that may change."))
            continue
        found += [Fault(f"{place}{end}", text) for end, text in _bound_faults(bounds, rule)]
    for field, most in (("max_changes", policy.max_changes), ("answers", policy.answers)):
        value = getattr(wishes, field)
        if value is not None and not 1 <= value <= most:
            found.append(Fault(f"/{field}", f"The policy allows 1 to {most}."))
    if wishes.max_days is not None and not (isfinite(wishes.max_days) and wishes.max_days >= 0):
        found.append(Fault("/max_days", "A number of days, 0 or more."))
    return found


def _bound_faults(bounds: Bounds, rule: Rule) -> Iterator[tuple[str, str]]:
    lower, upper = bounds.lower, bounds.upper
    for end, value in (("/lower", lower), ("/upper", upper)):
        if value is None:
            continue
        if not isfinite(value):
            yield end, "A bound is a finite number."
            return
        if rule.lower is not None and value < rule.lower:
            yield end, f"The policy's lower bound is {rule.lower:g}."
        if rule.upper is not None and value > rule.upper:
            yield end, f"The policy's upper bound is {rule.upper:g}."
    if lower is not None and upper is not None and lower > upper:
        yield "/lower", "The bounds are crossed."


def escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
