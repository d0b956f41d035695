from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower

from fairness.intervals.proportions import katz, newcombe
from fairness.states import Limit, State, judge, needed

RATIO = Limit(0.8, 0.1, at_least=True, of_ratio=True)
GAP = Limit(0.1, 0.05)


@pytest.mark.parametrize(
    ("low", "high", "limit", "state"),
    [
        (0.85, 0.95, RATIO, State.OK),
        (0.5, 0.79, RATIO, State.BREACH),
        (0.78, 0.86, RATIO, State.WATCH),
        (0.4, 1.5, RATIO, State.INSUFFICIENT),
        (0.0, 0.09, GAP, State.OK),
        (0.11, 0.3, GAP, State.BREACH),
        (0.08, 0.12, GAP, State.WATCH),
        (0.0, 0.4, GAP, State.INSUFFICIENT),
        (float("nan"), float("nan"), GAP, State.INSUFFICIENT),
        (0.0, float("inf"), RATIO, State.INSUFFICIENT),
    ],
)
def test_states(low: float, high: float, limit: Limit, state: State) -> None:
    verdict = judge(low, high, 1000, limit)
    assert verdict.state == state
    assert verdict.needed is None or verdict.needed >= limit.least


def test_few_decisions_are_never_judged() -> None:
    assert judge(0.2, 0.3, 29, GAP).state == State.INSUFFICIENT
    assert judge(0.2, 0.3, 30, GAP).state == State.BREACH
    assert judge(float("nan"), float("nan"), 0, GAP).needed == 30


def test_the_number_needed_is_that_of_a_power_calculation() -> None:
    """statsmodels' for two independent means of deviation √(0.24), which is a rate of 0.4."""
    interval = newcombe(400, 1000, 400, 1000)
    found = needed(float(interval.low), float(interval.high), 2000, GAP)
    effect = 0.05 / np.sqrt(0.4 * 0.6)
    expected = 2 * NormalIndPower().solve_power(effect, alpha=0.05, power=0.8)
    assert found == pytest.approx(expected, rel=0.01)


def test_so_many_do_notice_the_margin() -> None:
    """A true ratio of 0.7 against 0.8: with the number needed, four in five intervals exclude 0.8."""
    pilot = katz(0.35 * 200, 200, 0.5 * 200, 200)
    each = needed(float(pilot.low), float(pilot.high), 400, RATIO) // 2
    random = np.random.default_rng(3)
    found = katz(random.binomial(each, 0.35, 4000), each, random.binomial(each, 0.5, 4000), each)
    assert (found.high < 0.8).mean() == pytest.approx(0.8, abs=0.03)


ENDS = st.tuples(st.integers(1, 200), st.integers(1, 200)).map(sorted)


@settings(max_examples=80, deadline=None)
@given(ENDS, st.integers(0, 5000))
def test_more_decisions_with_the_same_interval_never_say_less(ends: list, number: int) -> None:
    low, high = (end / 100 for end in ends)
    few, many = judge(low, high, number, RATIO), judge(low, high, 10 * number + 30, RATIO)
    if few.state != State.INSUFFICIENT:
        assert many.state in {few.state, State.INSUFFICIENT}
    if many.state == State.BREACH:
        assert high < 0.8
    if many.state == State.OK:
        assert low >= 0.8


@pytest.mark.parametrize("margin", [0.0, 0.8])
def test_a_margin_must_be_one(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        Limit(0.8, margin, at_least=True, of_ratio=True)
