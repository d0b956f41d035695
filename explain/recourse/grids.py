"""The values that a feature may take, starting from the recorded one, with what each costs. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite
from typing import Any

from explain.recourse.feasibility import distance
from explain.recourse.policy import MOST_STEPS, Rule

# Decimal places kept of recorded + n · step, so that 0.1 + 2 · 0.1 is 0.3.
DECIMALS = 9


@dataclass(frozen=True)
class Grid:
    """values[0] is the recorded value, at no cost; the rest is ordered by cost, then by value."""

    values: tuple[Any, ...]
    costs: tuple[float, ...]


def grid(rule: Rule | None, recorded: Any) -> Grid:
    """All values that ``rule`` allows from ``recorded``; None is the rule of what never changes."""
    if rule is None:
        return Grid((recorded,), (0.0,))
    reached = _numbers(rule, recorded) if rule.step is not None else _categories(rule, recorded)
    priced = [
        (rule.cost_per_change + rule.cost_per_unit * distance(rule, recorded, value), at, value)
        for at, value in enumerate(reached)
    ]
    priced.sort(key=lambda one: one[:2])
    return Grid(
        (recorded, *(value for _, _, value in priced)), (0.0, *(cost for cost, _, _ in priced))
    )


def _numbers(rule: Rule, recorded: Any) -> list[Any]:
    """Nearest first. A missing number has no place to start from, and stays missing."""
    if isinstance(recorded, bool) or not isinstance(recorded, int | float):
        return []
    if not isfinite(recorded) or rule.step is None:
        return []
    up = rule.direction in ("increase", "any") and rule.upper is not None
    down = rule.direction in ("decrease", "any") and rule.lower is not None
    found = []
    if up:
        found += _walk(rule, recorded, rule.step, from_bound=rule.lower, to_bound=rule.upper)
    if down:
        found += _walk(rule, recorded, -rule.step, from_bound=rule.upper, to_bound=rule.lower)
    return sorted(found, key=lambda value: (abs(value - recorded), value))


def _walk(
    rule: Rule, recorded: float, step: float, from_bound: float | None, to_bound: float | None
) -> list[Any]:
    """recorded + n · step for every whole n ≥ 1 that lies within the bounds, MOST_STEPS of them at most."""
    first = 1
    if from_bound is not None:
        first = max(1, ceil((from_bound - recorded) / step - 1e-9))
    last = floor(((to_bound if to_bound is not None else recorded) - recorded) / step + 1e-9)
    whole = isinstance(recorded, int) and float(step).is_integer()
    values = [
        recorded + n * int(step) if whole else round(recorded + n * step, DECIMALS)
        for n in range(first, min(last, first + MOST_STEPS - 1) + 1)
    ]
    return [
        value
        for value in values
        if (rule.lower is None or value >= rule.lower)
        and (rule.upper is None or value <= rule.upper)
    ]


def _categories(rule: Rule, recorded: Any) -> list[Any]:
    others = [value for value in rule.allowed if value != recorded]
    if rule.direction == "any":
        return others
    if recorded not in rule.allowed:
        return []
    at = rule.allowed.index(recorded)
    return list(rule.allowed[at + 1 :] if rule.direction == "increase" else rule.allowed[:at])
