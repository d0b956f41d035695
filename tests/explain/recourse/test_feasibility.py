"""The second look that every answer must pass."""

from __future__ import annotations

from typing import Any

import pytest

from explain.recourse.feasibility import cost, obstacles
from explain.recourse.policy import Linear, Policy, Raises, Rule, Together

POLICY = Policy(
    (
        Rule("income", direction="increase", lower=0, upper=100, step=10, cost_per_unit=0.1),
        Rule("years", direction="increase", lower=0, upper=60, step=1, follows=True),
        Rule("degree", direction="increase", allowed=("none", "BSc", "MSc"), cost_per_unit=2),
        Rule("rent", direction="any", lower=0, upper=50, step=5),
        Rule("name", immutable=True),
    ),
    together=(Together(("income", "rent")),),
    raises=(Raises("degree", "years", 3),),
    linear=(Linear({"rent": 1.0, "income": -1.0}, 0.0),),
    max_changes=3,
)
BEFORE = {"income": 20, "years": 30, "degree": "none", "rent": 15, "name": "x", "age": 40}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"income": 30, "rent": 20}, []),
        ({"degree": "BSc", "years": 33}, []),
        ({"income": 30}, ["income and rent change together or not at all."]),
        ({"income": 10, "rent": 5}, ["'income' goes the wrong way."]),
        ({"income": 35, "rent": 20}, ["'income' changes by no multiple of its step."]),
        ({"income": 110, "rent": 20}, ["'income' leaves its bounds."]),
        ({"income": 30, "rent": 35}, ["The inequality over rent, income does not hold."]),
        ({"degree": "BSc"}, ["Raising 'degree' takes 'years' up by 3."]),
        ({"years": 33}, ["'years' changes only as a consequence of another change."]),
        ({"degree": "PhD"}, ["'degree' may not become 'PhD'."]),
        ({"name": "y"}, ["'name' may not change."]),
        ({"age": 41}, ["'age' is protected.", "'age' may not change."]),
        ({"income": 30, "rent": 20, "degree": "BSc", "years": 33}, ["4 features change, more than 3."]),
    ],
)  # fmt: skip
def test_obstacles(changed: dict[str, Any], said: list[str]) -> None:
    assert obstacles(POLICY, BEFORE, {**BEFORE, **changed}, ["age"]) == said


def test_costs_are_the_policys() -> None:
    after = {**BEFORE, "income": 50, "rent": 20, "degree": "MSc"}
    assert cost(POLICY, BEFORE, after) == pytest.approx((1 + 3) + 1 + (1 + 4))


def test_what_is_missing_holds_nothing() -> None:
    before = {**BEFORE, "years": None}
    after = {**before, "degree": "BSc"}
    assert obstacles(POLICY, before, after) == ["Raising 'degree' takes 'years' up by 3."]
