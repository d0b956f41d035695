"""Each fault of a policy or a wish is a sentence at its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from explain.recourse.checking import Fault, policy_faults, wish_faults
from explain.recourse.policy import Bounds, Linear, Policy, Raises, Rule, Together, Wishes
from explain.specification import Feature
from governance.demo.catalogue import specification
from governance.demo.recourse import policy as demo_policy

FEATURES = (
    Feature("age", "Age", "number", role="protected"),
    Feature("years", "Years", "number"),
    Feature("income", "Income", "number"),
    Feature("degree", "Degree", "category"),
    Feature("a/b", "Odd", "number"),
)
INCOME = Rule("income", direction="increase", lower=0, upper=100, step=10)
YEARS = Rule("years", direction="any", lower=0, upper=60, step=1)
DEGREE = Rule("degree", direction="increase", allowed=("none", "BSc", "MSc"))
GOOD = Policy(
    (INCOME, YEARS, DEGREE),
    together=(Together(("income", "years")),),
    raises=(Raises("degree", "years", 3),),
    linear=(Linear({"income": 1.0, "years": 2.0}, 200),),
)


def faults(**changed: Any) -> list[Fault]:
    return policy_faults(replace(GOOD, **changed), FEATURES)


def test_a_good_policy_has_none() -> None:
    assert faults() == []
    assert policy_faults(demo_policy(), specification().features) == []


@pytest.mark.parametrize(
    ("rule", "place", "said"),
    [
        (Rule("income "), "/rules/0/feature", "'income ' is no feature."),
        (replace(INCOME, step=0), "/rules/0/step", "The step of 'income' is more than 0."),
        (replace(INCOME, step=None), "/rules/0/step", "The step of 'income' is more than 0."),
        (
            replace(INCOME, lower=200),
            "/rules/0/lower",
            "The bounds of 'income' are crossed: 200 is above 100.",
        ),
        (
            replace(INCOME, upper=None),
            "/rules/0/upper",
            "'income' may increase, so it needs an upper bound.",
        ),
        (
            replace(INCOME, upper=float("inf")),
            "/rules/0/upper",
            "The bounds of 'income' are finite.",
        ),
        (
            replace(INCOME, step=0.01),
            "/rules/0/step",
            "The step of 'income' makes more than 1,000 values.",
        ),
        (
            replace(INCOME, immutable=True),
            "/rules/0/direction",
            "'income' is immutable and has a direction: it can only have one of them.",
        ),
        (
            replace(INCOME, direction=None),
            "/rules/0/direction",
            "'income' needs a direction (increase, decrease or any), or is immutable.",
        ),
        (
            replace(INCOME, cost_per_unit=-1),
            "/rules/0/cost_per_unit",
            "Cost per unit of 'income' is 0 or more.",
        ),
        (
            replace(INCOME, allowed=(1, 2)),
            "/rules/0/allowed",
            "'income' is a number: it has bounds and a step, no allowed values.",
        ),
        (
            replace(DEGREE, allowed=()),
            "/rules/0/allowed",
            "'degree' needs the values it may change to.",
        ),
        (
            replace(DEGREE, allowed=("a", "a")),
            "/rules/0/allowed",
            "A value of 'degree' is named twice.",
        ),
        (
            replace(INCOME, feature="age"),
            "/rules/0/immutable",
            "'age' is protected, and a protected feature is never changed.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("/") else "",
)
def test_rules(rule: Rule, place: str, said: str) -> None:
    assert policy_faults(Policy((rule,)), FEATURES) == [Fault(place, said)]


def test_a_protected_feature_may_be_said_to_be_immutable() -> None:
    assert policy_faults(Policy((Rule("age", immutable=True),)), FEATURES) == []


def test_two_rules_and_limits() -> None:
    assert [one.pointer for one in faults(rules=(INCOME, INCOME, YEARS, DEGREE))] == [
        "/rules/1/feature"
    ]
    assert [one.pointer for one in faults(max_changes=0, answers=6)] == ["/max_changes", "/answers"]


def test_what_binds_features_together() -> None:
    assert faults(together=(Together(("income", "age")),)) == [
        Fault(
            "/together/0/features/1",
            "'age' changes together with others, but nothing says how it may change.",
        )
    ]
    assert [one.pointer for one in faults(together=(Together(("income",)),))] == [
        "/together/0/features"
    ]
    assert [one.pointer for one in faults(linear=(Linear({"a/b": 0.0, "degree": 1}, 1),))] == [
        "/linear/0/terms/a~1b",
        "/linear/0/terms/degree",
    ]


def test_dependencies_in_a_circle() -> None:
    circle = (Raises("years", "income", 1), Raises("income", "years", 1))
    assert faults(raises=circle) == [
        Fault("/raises", "The dependencies go round in a circle: income → years → income.")
    ]
    assert [one.pointer for one in faults(raises=(Raises("age", "degree", 0),))] == [
        "/raises/0/cause",
        "/raises/0/effect",
        "/raises/0/by",
    ]


@pytest.mark.parametrize(
    ("wishes", "pointers"),
    [
        (Wishes(freeze=("income", "age")), []),
        (Wishes(freeze=("income", "height")), ["/freeze/1"]),
        (Wishes(bounds={"income": Bounds(10, 50)}), []),
        (
            Wishes(bounds={"income": Bounds(-1, 101)}),
            ["/bounds/income/lower", "/bounds/income/upper"],
        ),
        (Wishes(bounds={"income": Bounds(50, 40)}), ["/bounds/income/lower"]),
        (Wishes(bounds={"degree": Bounds(1, 2)}), ["/bounds/degree"]),
        (Wishes(bounds={"a/b": Bounds(1, 2)}), ["/bounds/a~1b"]),
        (Wishes(bounds={"income": Bounds(float("nan"))}), ["/bounds/income/lower"]),
        (Wishes(max_changes=4), ["/max_changes"]),
        (Wishes(max_changes=0, answers=0), ["/max_changes", "/answers"]),
        (Wishes(max_days=-1), ["/max_days"]),
    ],
)
def test_wishes_only_narrow(wishes: Wishes, pointers: list[str]) -> None:
    found = wish_faults(wishes, GOOD, [feature.name for feature in FEATURES])
    assert [one.pointer for one in found] == pointers


def test_policies_and_wishes_come_back_from_json() -> None:
    assert Policy.from_json(GOOD.to_json()) == GOOD
    wishes = Wishes(("b", "a"), {"x": Bounds(1, None)}, 2, 1, 30)
    again = Wishes.from_json(wishes.to_json())
    assert again == replace(wishes, freeze=("a", "b"))
    assert again.to_json() == wishes.to_json()
