from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from fairness.sequential.bets import BETS, EFFECTS, Step, payoffs

PERCENT = st.integers(1, 99).map(lambda one: one / 100)


def expectation(n: int, m: int, rate: float, ratio: float, true: tuple[float, float]) -> np.ndarray:
    """Of each bet, summed over every outcome of the step."""
    total = np.zeros(BETS)
    for x, y in product(range(n + 1), range(m + 1)):
        chance = binom.pmf(x, n, true[0]) * binom.pmf(y, m, true[1])
        total += chance * np.exp(payoffs(Step.of(x, n, y, m), np.asarray(rate), ratio))
    return total


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), PERCENT, st.sampled_from([1.0, 0.8]), PERCENT, PERCENT)
def test_no_bet_gains_under_any_member_of_the_null(
    n: int, m: int, rate: float, ratio: float, one: float, other: float
) -> None:
    """The rates are moved onto the null if they lie outside it."""
    other = min(max(other, ratio * one), one / ratio)
    assert (expectation(n, m, rate, ratio, (one, other)) <= 1 + 1e-12).all()


@pytest.mark.parametrize("rate", [1e-9, 1e-4, 1 - 1e-9])
@pytest.mark.parametrize("ratio", [1.0, 0.8])
def test_no_bet_gains_at_the_rim(rate: float, ratio: float) -> None:
    for true in ((0.0, 0.0), (1e-4, 1e-4), (0.5, 0.5), (1.0, 1.0), (0.9, 0.9 * ratio)):
        assert (expectation(3, 2, rate, ratio, true) <= 1 + 1e-9).all()


def test_the_right_bet_gains_and_its_opposite_loses() -> None:
    step = Step.of(300, 1000, 400, 1000)
    paid = payoffs(step, np.asarray(0.35), 1.0)
    assert paid[: len(EFFECTS)].max() > 5
    assert (paid[len(EFFECTS) :] < 0).all()
    mirrored = payoffs(Step.of(400, 1000, 300, 1000), np.asarray(0.35), 1.0)
    assert np.concatenate([mirrored[len(EFFECTS) :], mirrored[: len(EFFECTS)]]) == pytest.approx(
        paid
    )


def test_one_group_alone_tells_nothing() -> None:
    for step in (Step.of(3, 10, 0, 0), Step.of(0, 0, 3, 10), Step.of(0, 0, 0, 0)):
        assert payoffs(step, np.asarray(0.3), 1.0) == pytest.approx(np.zeros(BETS), abs=1e-12)


@pytest.mark.parametrize("counts", [(2, 1, 0, 0), (-1, 1, 0, 0), (0, 1, 3, 2), (0.5, 1, 0, 1)])
def test_what_is_no_count_is_refused(counts: tuple) -> None:
    with pytest.raises(ValueError, match=r"trials|whole"):
        Step.of(*counts)
