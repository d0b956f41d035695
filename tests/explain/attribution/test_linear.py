"""The closed form is the Shapley value of its definition, and its sums do not lean on the batch."""

from __future__ import annotations

import numpy as np

from explain.attribution.linear import LinearMargin, LinearShapley
from explain.attribution.players import Players

WEIGHTS = np.array([0.5, -2.0, 1.0])


def test_values_are_weight_times_distance_from_the_mean_summed_by_player() -> None:
    background = np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 0.0]])
    players = Players.of(["a", "b"], [0, 1, 0])
    linear = LinearShapley.of(LinearMargin(WEIGHTS, 3.0), players, background)
    assert linear.base == 3.0 + 0.5 - 4.0 + 1.0
    row = np.array([[3.0, 0.0, 5.0]])
    assert linear.attribute(row).tolist() == [[0.5 * 2 + 1.0 * 4, -2.0 * -2]]


def test_the_margin_of_a_row_is_the_same_in_any_company() -> None:
    rows = np.random.default_rng(0).normal(size=(1000, 40))
    margin = LinearMargin(np.random.default_rng(1).normal(size=40), 0.1)
    whole = margin(rows)
    assert np.array_equal(
        np.concatenate([margin(rows[at : at + 1]) for at in range(50)]), whole[:50]
    )
    np.testing.assert_allclose(whole, rows @ margin.weights + 0.1, rtol=0, atol=1e-12)
