"""What the search promises: every answer turns the outcome within the policy, and none is cheaper than the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier

from explain.answering.prepared import taken_apart
from explain.attribution.assembly import build
from explain.recourse.feasibility import cost, obstacles
from explain.recourse.grids import grid
from explain.recourse.narrowing import narrowed
from explain.recourse.policy import Bounds, Policy, Rule, Wishes
from explain.recourse.search import Case, Goal, Outcome, search
from governance.demo.applications import FEATURES
from tests.explain.cases import fitted
from tests.explain.recourse.conftest import KNOTS, RULES, Bank, policy

ABOVE = Goal(adverse_above=True)


def run(
    bank: Bank, cases: Sequence[Case], under: Policy, goal: Goal = ABOVE, **more: Any
) -> list[Outcome]:
    return search(bank.score, FEATURES, cases, under, goal, **more)


def cheapest_by_hand(bank: Bank, case: Case, under: Policy, goal: Goal = ABOVE) -> float:
    """The cost of the cheapest feasible state of all there are that turns the outcome; infinite when none does."""
    states = list(every_state(case.features, under))
    probability = bank.score(states)
    turned = goal.reached(probability, np.full(len(states), case.threshold))
    return min(
        (
            cost(under, case.features, state)
            for state, is_turned in zip(states, turned, strict=True)
            if is_turned and not obstacles(under, case.features, state)
        ),
        default=np.inf,
    )


def every_state(features: Mapping[str, Any], under: Policy) -> Iterator[dict[str, Any]]:
    grids = [
        [(name, value) for value in grid(under.rule(name), features[name]).values]
        for name in under.actionable()
    ]
    for chosen in product(*grids):
        state = {**features, **dict(chosen)}
        if sum(state[name] != features[name] for name in state) <= under.max_changes:
            yield state


def check(bank: Bank, case: Case, outcome: Outcome, under: Policy, goal: Goal) -> None:
    """Validity and feasibility, told by other code than the search's."""
    assert len(outcome.answers) <= under.answers
    for answer in outcome.answers:
        after = {**case.features, **answer.changed}
        assert obstacles(under, case.features, after) == []
        (again,) = bank.score([after])
        assert again == answer.probability
        assert goal.reached(np.array([again]), np.array([case.threshold]))[0]
        assert answer.cost == pytest.approx(cost(under, case.features, after))
    costs = [answer.cost for answer in outcome.answers]
    assert costs == sorted(costs)
    sets = [frozenset(answer.changed) for answer in outcome.answers]
    assert not any(
        one < other or one == other for at, one in enumerate(sets) for other in sets[at + 1 :]
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A few of the rules, some with other directions and costs, some knots between them."""
    names = draw(st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=4, unique=True))
    rules = []
    for name in names:
        rule = replace(
            RULES[name],
            cost_per_change=draw(st.sampled_from([0.0, 0.5, 1.0, 3.0])),
            cost_per_unit=RULES[name].cost_per_unit * draw(st.sampled_from([0.0, 1.0, 5.0])),
        )
        if not rule.follows:
            rule = replace(rule, direction=draw(st.sampled_from(["increase", "decrease", "any"])))
        rules.append(rule)
    knots = draw(st.sets(st.sampled_from(sorted(KNOTS))))
    return Policy(
        tuple(rules),
        together=(KNOTS["together"],) if "together" in knots and {"savings", "other_debtors"} <= set(names) else (),
        raises=(KNOTS["raises"],) if "raises" in knots and "savings" in names and "dependants" in names else (),
        linear=(KNOTS["linear"],) if "linear" in knots else (),
        max_changes=draw(st.integers(1, 3)),
        answers=draw(st.integers(1, 4)),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    under=policies(),
    at=st.integers(0, 149),
    threshold=st.sampled_from([0.02, 0.1, 0.3, 0.5, 0.8]),
    adverse_above=st.booleans(),
)
def test_answers_are_valid_feasible_and_the_cheapest(
    bank: Bank, under: Policy, at: int, threshold: float, adverse_above: bool
) -> None:
    goal, case = Goal(adverse_above), Case(bank.people[at], threshold)
    (outcome,) = run(bank, [case], under, goal)

    check(bank, case, outcome, under, goal)
    if outcome.state == "favourable":
        assert goal.reached(bank.score([case.features]), np.array([threshold]))[0]
        return
    best = cheapest_by_hand(bank, case, under, goal)
    assert outcome.proven
    if outcome.state == "found":
        assert outcome.answers[0].cost == pytest.approx(best)
    else:
        assert best == np.inf


def test_many_cases_get_what_each_gets_alone(bank: Bank) -> None:
    under = policy(*RULES, together=(KNOTS["together"],), linear=(KNOTS["linear"],))
    cases = [Case(one, (0.3, 0.01)[at % 2]) for at, one in enumerate(bank.people[:40])]

    together = run(bank, cases, under)

    assert together == [run(bank, [case], under)[0] for case in cases]
    assert together == run(bank, cases, under)
    assert {one.state for one in together} == {"found", "none", "favourable"}
    for case, outcome in zip(cases, together, strict=True):
        check(bank, case, outcome, under, ABOVE)


def test_a_batch_is_few_calls_of_the_model(bank: Bank) -> None:
    calls = []

    def counting(rows: Any) -> Any:
        calls.append(len(rows))
        return bank.score(rows)

    under = policy("amount", "duration_months", "savings")
    cases = [Case(one, 0.3) for one in bank.people]
    search(counting, FEATURES, cases, under, ABOVE)
    search(counting, FEATURES, cases[:1], under, ABOVE)

    assert len(calls) < 60
    assert max(calls) > 1000


def test_answers_differ_in_what_they_change(bank: Bank) -> None:
    under = policy(
        "amount", "duration_months", "savings", "other_debtors", "instalment_rate", answers=4
    )
    outcomes = run(bank, [Case(one, 0.3) for one in bank.people], under)
    assert max(len(outcome.answers) for outcome in outcomes) >= 3


def test_a_budget_that_runs_out_is_told(bank: Bank) -> None:
    under = policy("amount", "duration_months", "savings", "instalment_rate")
    cases = [Case(one, 0.005) for one in bank.people]
    outcomes = run(bank, cases, under, budget=5)
    unsure = [one for one in outcomes if not one.proven]
    assert unsure
    assert {one.state for one in unsure} <= {"none", "found"}


def test_nothing_to_change_is_none_and_proven(bank: Bank) -> None:
    (outcome,) = run(bank, [Case(bank.people[0], 0.0)], Policy(()))
    assert (outcome.state, outcome.answers, outcome.proven) == ("none", (), True)


def test_protected_features_never_change_whatever_the_policy_says(bank: Bank) -> None:
    under = policy("savings")
    cases = [Case(one, 0.3) for one in bank.people]
    assert any(one.answers for one in run(bank, cases, under))
    assert not any(one.answers for one in run(bank, cases, under, protected=["savings"]))


def test_wishes_are_kept(bank: Bank) -> None:
    under = policy("amount", "duration_months", "savings", "other_debtors")
    wishes = Wishes(("savings",), {"amount": Bounds(lower=2000)}, max_changes=1, answers=1)
    outcomes = run(bank, [Case(one, 0.3) for one in bank.people], narrowed(under, wishes))
    assert any(outcome.answers for outcome in outcomes)
    for outcome in outcomes:
        for answer in outcome.answers:
            assert len(answer.changed) == 1
            assert "savings" not in answer.changed
            assert answer.changed.get("amount", 2000) >= 2000


def test_what_takes_too_long_is_left_out() -> None:
    slow = replace(RULES["savings"], lag_days=200)
    kept = narrowed(Policy((slow, RULES["amount"])), Wishes(max_days=100))
    assert kept.actionable() == ("amount",)


def test_missing_numbers_and_unseen_categories_are_cases_like_others(bank: Bank) -> None:
    odd = {**bank.people[0], "savings": "never seen"}
    (outcome,) = run(bank, [Case(odd, 0.01)], policy("savings", "amount"))
    assert all("savings" not in answer.changed for answer in outcome.answers)


@pytest.mark.parametrize(
    "family", ["gradient boosting", "histogram boosting", "logistic regression"]
)
def test_a_model_taken_apart_gives_the_same_answers(family: str) -> None:
    """Missing numbers and texts, a truth value, a feature in two preparations: see tests/explain/cases.py."""
    model, frame = fitted(family)
    names = tuple(frame.columns)
    people = [
        dict(row) for row in frame.astype(object).where(frame.notna(), None).to_dict("records")
    ]
    explainer = build(model, people, names, "bad")
    apart = taken_apart(explainer)
    assert apart is not None
    under = Policy(
        (
            Rule("debts", direction="decrease", lower=0, upper=4, step=1),
            Rule("income", direction="increase", lower=0, upper=80, step=5, cost_per_unit=0.1),
            Rule("purpose", direction="any", allowed=("car", "house", "study"), cost_per_change=2),
            Rule("member", direction="any", allowed=(True, False)),
        )
    )
    cases = [Case(one, 0.5) for one in people[:60]]
    plain = search(explainer.score, names, cases, under, ABOVE)
    assert search(explainer.score, names, cases, under, ABOVE, prepared=apart) == plain
    assert {one.state for one in plain} >= {"found", "favourable"}


def test_taken_apart_on_the_bank(bank: Bank) -> None:
    under = policy(*RULES, together=(KNOTS["together"],), linear=(KNOTS["linear"],))
    cases = [Case(one, 0.3) for one in bank.people]
    assert run(bank, cases, under, prepared=taken_apart(bank.explainer)) == run(bank, cases, under)
    assert taken_apart(object()) is None


def test_every_answer_holds_on_measurements_of_tumours() -> None:
    """Fractions as they are measured, thirty features: scikit-learn's breast cancer, every fifth malignant case."""
    data = load_breast_cancer(as_frame=True)
    frame = data.frame.drop(columns="target")
    names = tuple(frame.columns)
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(frame, data.target)
    people = frame.to_dict("records")
    explainer = build(model, people, names, 0)
    spans = {name: (float(frame[name].min()), float(frame[name].max())) for name in names}
    under = Policy(
        tuple(
            Rule(
                name,
                direction="decrease" if at % 2 else "any",
                lower=spans[name][0],
                upper=spans[name][1],
                step=(spans[name][1] - spans[name][0]) / 25,
                cost_per_unit=10 / (spans[name][1] - spans[name][0]),
            )
            for at, name in enumerate(names[:12])
        ),
        max_changes=4,
    )
    cases = [
        Case(one, 0.5)
        for one, score in zip(people, explainer.score(people), strict=True)
        if score >= 0.5
    ]

    cases = cases[::5]
    apart = taken_apart(explainer)
    # A small budget: whether anything is cheaper is not the question here.
    outcomes = search(explainer.score, names, cases, under, ABOVE, prepared=apart, budget=200)

    assert len(cases) > 35
    told = Bank(explainer.score, explainer, people)
    for case, outcome in zip(cases, outcomes, strict=True):
        check(told, case, outcome, under, ABOVE)
    assert sum(one.state == "found" for one in outcomes) > 0
