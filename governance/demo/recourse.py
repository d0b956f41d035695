"""What an applicant of the demonstration can change, and what that costs. All of it is our assumption.

The source says nothing about what its applicants could have done. Which features a person can act on, in which
direction, how long it takes and how much each change weighs against the others is made up here so that the
demonstration shows recourse; an organisation that uses the service writes its own. Sex, age, marital status and
nationality are no features of this model, and so cannot be part of any answer.
"""

from __future__ import annotations

from explain.recourse.policy import Linear, Policy, Rule

# Costs count in "efforts": asking for a somewhat smaller loan is one, and the rest is weighed against it.
RULES = (
    Rule(
        "amount",
        direction="decrease",
        lower=250,
        upper=20_000,
        step=250,
        cost_per_unit=1 / 2500,
        note="Asking for less.",
    ),
    Rule(
        "duration_months",
        direction="decrease",
        lower=4,
        upper=72,
        step=2,
        cost_per_unit=1 / 12,
        note="Repaying sooner.",
    ),
    Rule(
        "savings",
        direction="increase",
        allowed=("below 100 DM", "100 to 500 DM", "500 to 1000 DM", "1000 DM or more"),
        cost_per_unit=1.0,
        lag_days=120,
    ),
    Rule(
        "checking_account",
        direction="increase",
        allowed=("below 0 DM", "0 to 200 DM", "200 DM or more"),
        cost_per_unit=1.0,
        lag_days=60,
    ),
    Rule(
        "other_debtors",
        direction="any",
        allowed=("guarantor",),
        cost_per_change=2.5,
        lag_days=14,
        note="Finding somebody who stands in for the loan.",
    ),
    Rule(
        "other_plans",
        direction="any",
        allowed=("none",),
        cost_per_change=3.0,
        lag_days=180,
        note="Paying off what is owed elsewhere.",
    ),
    # Said outright, although what has no rule never changes: nobody is told to take up another occupation.
    Rule("job", immutable=True),
)


def policy() -> Policy:
    """The demonstration's policy. A registered telephone would move the score, and help nobody repay: no rule."""
    return Policy(
        rules=RULES,
        # A shorter loan must stay payable: at most 600 DM of the amount a month.
        linear=(Linear({"amount": 1.0, "duration_months": -600.0}, 0.0),),
        max_changes=3,
        answers=3,
        note="An assumption made for the demonstration.",
    )
