"""A real model of real applications, and policies about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from explain.attribution.assembly import build
from explain.recourse.policy import Linear, Policy, Raises, Rule, Together
from governance.demo import training
from governance.demo.applications import FEATURES, applications


@dataclass(frozen=True)
class Bank:
    """The demonstration's kind of model, trained on 200 applications, and the features of 150 others."""

    probability: Callable[[Any], Any]
    explainer: Any
    people: list[Mapping[str, Any]]


@pytest.fixture(scope="session")
def bank() -> Bank:
    rows = list(applications())
    learnt = rows[:200]
    explainer = build(training.train(learnt), [row.features for row in learnt], FEATURES, 1)
    return Bank(explainer.probability, explainer, [dict(row.features) for row in rows[200:350]])


RULES = {
    "amount": Rule("amount", direction="any", lower=500, upper=9000, step=500, cost_per_unit=1e-3),
    "duration_months": Rule(
        "duration_months", direction="decrease", lower=6, upper=60, step=6, cost_per_unit=0.1
    ),
    "savings": Rule(
        "savings",
        direction="increase",
        allowed=("below 100 DM", "100 to 500 DM", "500 to 1000 DM", "1000 DM or more"),
        cost_per_unit=0.7,
    ),
    "other_debtors": Rule("other_debtors", direction="any", allowed=("guarantor", "none")),
    "instalment_rate": Rule("instalment_rate", direction="any", lower=1, upper=4, step=1),
    "dependants": Rule("dependants", direction="increase", lower=1, upper=2, step=1, follows=True),
}
KNOTS = {
    "together": Together(("savings", "other_debtors")),
    "raises": Raises("savings", "dependants", 1),
    "linear": Linear({"amount": 1.0, "duration_months": -250.0}, 0.0),
}


def policy(*features: str, **changed: Any) -> Policy:
    return Policy(rules=tuple(RULES[name] for name in features), **changed)
