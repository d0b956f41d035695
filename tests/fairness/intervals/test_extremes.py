from __future__ import annotations

import numpy as np
import pytest

from fairness.intervals.extremes import largest_difference, smallest_ratio, worst_of
from fairness.intervals.proportions import katz, newcombe
from fairness.metrics.rates import Rate


def rate(hits: object, trials: object) -> Rate:
    x, n = np.asarray(hits, float), np.asarray(trials, float)
    return Rate("selection_rate", x, n, n, n > 0)


def test_two_groups_have_the_interval_of_their_one_difference() -> None:
    found, pair = largest_difference(rate([30, 55], [90, 100])), newcombe(55, 100, 30, 90)
    assert float(found.low) == pytest.approx(float(pair.low))
    assert float(found.high) == pytest.approx(float(pair.high))
    ratio, other = smallest_ratio(rate([30, 55], [90, 100])), katz(30, 90, 55, 100)
    assert float(ratio.low) == pytest.approx(float(other.low))
    assert float(ratio.high) == pytest.approx(float(other.high))


@pytest.mark.parametrize(
    ("rates", "trials"),
    [
        ([0.4] * 6, [200] * 6),
        ([0.5, 0.45, 0.42, 0.4], [300] * 4),
        ([0.1, 0.07], [500, 100]),
        ([0.05, 0.02, 0.5], [40, 100, 30]),
    ],
)
def test_they_hold_the_true_extremes_however_alike_groups_are(rates: list, trials: list) -> None:
    """1,000 draws: 95 % less three standard errors of that share."""
    random = np.random.default_rng(7)
    held = np.zeros(2)
    for _ in range(1000):
        drawn = rate(random.binomial(trials, rates), trials)
        apart, ratio = largest_difference(drawn), smallest_ratio(drawn)
        held += [
            apart.low <= max(rates) - min(rates) <= apart.high,
            ratio.low <= min(rates) / max(rates) <= ratio.high,
        ]
    assert (held / 1000 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 1000)).all()


def test_one_group_has_no_extremes_and_empty_ones_are_left_out() -> None:
    assert np.isnan(largest_difference(rate([5], [10])).low)
    assert np.isnan(smallest_ratio(rate([5, 0], [10, 0])).high)
    three = largest_difference(rate([30, 0, 55], [90, 0, 100]))
    assert float(three.low) == float(largest_difference(rate([30, 55], [90, 100])).low)


def test_the_worse_of_two_states_what_is_left_of_their_levels() -> None:
    one = largest_difference(rate([30, 55], [90, 100]), 0.975)
    two = largest_difference(rate([3, 55], [90, 100]), 0.975)
    both = worst_of(one, two, largest=True)
    assert both.level == pytest.approx(0.95) and float(both.low) == float(two.low)
    nothing = largest_difference(rate([1], [2]), 0.975)
    assert float(worst_of(one, nothing, largest=True).high) == float(one.high)
