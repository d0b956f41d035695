"""Asking all coalitions is exact; asking some is an estimate that adds up and knows its error."""

from __future__ import annotations

import numpy as np
import pytest

from explain.attribution.coalitions import GROUPS, drawn, every


def game(members: np.ndarray) -> np.ndarray:
    """Weights, pairs and a triple: sizes of interaction that no single order shows."""
    players = members.shape[1]
    inside = members.astype(float)
    worth = inside @ np.sin(np.arange(1, players + 1))
    worth += 2.0 * inside[:, 0] * inside[:, 1] - 1.5 * inside[:, 1] * inside[:, 2]
    return worth + inside[:, 0] * inside[:, 2] * inside[:, 3]


def true(players: int) -> np.ndarray:
    values = np.sin(np.arange(1, players + 1))
    values[:4] += [1.0, 1.0 - 0.75, -0.75, 0.0]
    values[[0, 2, 3]] += 1 / 3
    return values


@pytest.mark.parametrize("players", [4, 5, 9])
def test_every_coalition_gives_the_values(players: int) -> None:
    coalitions = every(players)
    values, errors = coalitions.solve(game(coalitions.members))
    np.testing.assert_allclose(values, true(players), rtol=0, atol=1e-12)
    assert errors is None
    assert coalitions.members[-1].all()


def test_one_player_gets_everything() -> None:
    values, _ = every(1).solve(np.array([0.7]))
    assert values.tolist() == [0.7]


@pytest.mark.parametrize(("players", "number"), [(6, 40), (12, 200), (20, 600), (60, 400)])
def test_drawn_coalitions_give_an_estimate_with_its_error(players: int, number: int) -> None:
    coalitions = drawn(players, number, seed=3)
    gains = game(coalitions.members)
    values, errors = coalitions.solve(gains)
    assert errors is not None
    assert values.sum() == pytest.approx(gains[-1], abs=1e-9)
    apart = np.abs(values - true(players))
    assert apart.max() < 6 * errors.max() + 1e-9
    assert errors.max() < 0.5
    assert len(coalitions.members) <= number + 2 * GROUPS + 1


def test_a_game_without_interaction_is_given_exactly_and_surely() -> None:
    weights = np.arange(1.0, 16.0)
    coalitions = drawn(15, 150, seed=0)
    values, errors = coalitions.solve(coalitions.members @ weights)
    np.testing.assert_allclose(values, weights, rtol=0, atol=1e-9)
    assert errors is not None and errors.max() < 1e-9


def test_errors_are_of_the_right_size() -> None:
    """Over many seeds the estimates scatter about the truth as the standard errors say."""
    scatter, told = [], []
    for seed in range(60):
        coalitions = drawn(10, 80, seed)
        values, errors = coalitions.solve(game(coalitions.members))
        scatter.append(values - true(10))
        told.append(errors)
    found = np.sqrt((np.array(scatter) ** 2).mean())
    said = np.sqrt((np.array(told) ** 2).mean())
    assert 0.7 < said / found < 2.0


def test_the_seed_settles_the_list() -> None:
    once, again, other = (drawn(20, 300, seed).members for seed in (1, 1, 2))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
