"""The closed form is the Shapley value of its definition, and its sums do not lean on the batch."""

from __future__ import annotations

import numpy as np

from explain.attribution.linear import LinearOutput, LinearShapley
from explain.attribution.players import Players

WEIGHTS = np.array([[0.5, -2.0, 1.0]])
START = np.array([3.0])


def test_values_are_weight_times_distance_from_the_mean_summed_by_player() -> None:
    background = np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 0.0]])
    players = Players.of(["a", "b"], [0, 1, 0])
    linear = LinearShapley.of(LinearOutput(WEIGHTS, START, 0, "log-odds"), players, background)
    assert linear.base == 3.0 + 0.5 - 4.0 + 1.0
    row = np.array([[3.0, 0.0, 5.0]])
    assert linear.attribute(row).tolist() == [[0.5 * 2 + 1.0 * 4, -2.0 * -2]]


def test_the_margins_of_a_row_are_the_same_in_any_company() -> None:
    random = np.random.default_rng(0)
    rows, weights = random.normal(size=(1000, 40)), random.normal(size=(3, 40))
    output = LinearOutput(weights, np.array([0.1, 0.2, 0.3]), 1, "margin")
    whole = output(rows)
    for at in range(50):
        alone = output(rows[at : at + 1])
        assert alone.output[0] == whole.output[at] and alone.score[0] == whole.score[at]
    margins = rows @ weights.T + output.intercepts
    np.testing.assert_allclose(whole.output, margins[:, 1], rtol=0, atol=1e-12)
    shares = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(whole.score, shares[:, 1], rtol=0, atol=1e-14)


def test_a_logarithm_is_explained_and_its_prediction_scored() -> None:
    said = LinearOutput(WEIGHTS, START, 0, "log-prediction")(np.ones((1, 3)))
    assert said.output.tolist() == [2.5]
    assert said.score.tolist() == [np.exp(2.5)]
