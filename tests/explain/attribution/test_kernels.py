"""The table of a leaf against the definition, over all patterns and coalitions."""

from __future__ import annotations

import numpy as np
import pytest

from explain.attribution import kernels
from explain.attribution.tree_shapley import shapley_weights


def defined(p: int, q: int, depth: int) -> np.ndarray:
    """Shapley values of the game: 1 if every player of S is in p and every other in q, else 0."""
    full = (1 << depth) - 1
    worth = np.array([float(s & ~p == 0 and (full & ~s) & ~q == 0) for s in range(full + 1)])
    weights = shapley_weights(depth)
    values = np.zeros(depth)
    for j in range(depth):
        for s in range(full + 1):
            if not s >> j & 1:
                values[j] += weights[bin(s).count("1"), depth] * (worth[s | 1 << j] - worth[s])
    return values


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_leaf_tables(depth: int) -> None:
    size = 1 << depth
    counts = np.random.default_rng(depth).integers(0, 5, size)
    lacking, table = np.empty((size, depth + 1)), np.empty((size, depth))
    kernels._count_lacking(counts, depth, lacking)
    kernels._leaf_table(lacking, depth, shapley_weights(depth), table)
    for p in range(size):
        expected = sum(counts[q] * defined(p, q, depth) for q in range(size))
        np.testing.assert_allclose(table[p], expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("ratios", [(0.3,), (0.2, 0.9), (0.5, 0.0, 1.0), (0.1, 0.7, 0.4, 0.99)])
def test_path_tables(ratios: tuple[float, ...]) -> None:
    """The game of the training shares: inside S a player agrees or not, outside its ratio counts."""
    depth = len(ratios)
    size, weights = 1 << depth, shapley_weights(depth)
    table = np.empty((size, depth))
    base = kernels._path_table(np.array(ratios), weights, table, np.empty(depth + 2))
    for p in range(size):
        worth = [
            np.prod([float(p >> i & 1) if s >> i & 1 else ratios[i] for i in range(depth)])
            for s in range(size)
        ]
        assert base == pytest.approx(worth[0], abs=1e-15)
        for j in range(depth):
            gains = [
                weights[bin(s).count("1"), depth] * (worth[s | 1 << j] - worth[s])
                for s in range(size)
                if not s >> j & 1
            ]
            assert table[p, j] == pytest.approx(sum(gains), abs=1e-14)


def test_weights_of_all_coalitions_add_up_to_one() -> None:
    weights = shapley_weights(12)
    choose = [[0.0] * 13 for _ in range(13)]
    for d in range(1, 13):
        row = 1.0
        for s in range(d):
            choose[s][d] = row
            row = row * (d - 1 - s) / (s + 1)
    np.testing.assert_allclose((weights * np.array(choose)).sum(axis=0)[1:], np.ones(12))
