"""Which coalitions a black box is asked about, and what its answers say about each player.

Shapley values are linear in the game: with v(S) for a fixed list of coalitions, every estimate here
is one matrix times the vector of answers. The list and the matrices are made once from a seed, so
that all decisions share them and none depends on its neighbours.

With all 2^M coalitions the values are exact. With fewer, they solve the weighted least squares of
Lundberg and Lee (2017, theorem 2) under the constraint that they add up to v(all) - v(none): sizes
that fit are taken whole, from the outside in; of the others pairs of a coalition and its complement
are drawn with the kernel's probabilities (Covert and Lee 2021). Standard errors are the jackknife's
over independent groups of pairs.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from explain.attribution.contract import Floats
from explain.attribution.tree_shapley import shapley_weights

Booleans = NDArray[np.bool_]

# Up to this many players all coalitions may be asked, if the budget allows.
MOST_EXACT = 16
# Fewer coalitions than this for each player are no estimate.
LEAST = 4
GROUPS = 10


@dataclass(frozen=True)
class Coalitions:
    """members: (coalitions, players), True for a player inside; none of them is empty, the last has
    all players. operator: (players, coalitions), from v(S) - v(none) to the values. apart:
    (groups, players, coalitions), the same with one group of draws left out; None if exact."""

    members: Booleans
    operator: Floats
    apart: Floats | None

    @property
    def exact(self) -> bool:
        return self.apart is None

    @property
    def nbytes(self) -> int:
        apart = 0 if self.apart is None else self.apart.nbytes
        return self.members.nbytes + self.operator.nbytes + apart

    def solve(self, gains: Floats) -> tuple[Floats, Floats | None]:
        """Return values and standard errors, both (players,), from v(S) - v(none), (coalitions,)."""
        values = self.operator @ gains
        if self.apart is None:
            return values, None
        without = np.stack([one @ gains for one in self.apart])
        spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
        return values, np.sqrt(spread * (len(without) - 1) / len(without))


def every(players: int) -> Coalitions:
    """Return all coalitions: exact values."""
    codes = np.arange(1, 1 << players)
    members = (codes[:, None] >> np.arange(players) & 1).astype(np.bool_)
    weights = shapley_weights(players)
    sizes = members.sum(axis=1)
    # A player of S gains v(S) w(|S| - 1); one outside loses v(S) w(|S|). Nobody is outside of all.
    inside = weights[sizes - 1, players]
    outside = np.where(sizes < players, weights[np.minimum(sizes, players - 1), players], 0.0)
    operator = np.where(members, inside[:, None], -outside[:, None]).T
    return Coalitions(members, np.ascontiguousarray(operator), None)


def drawn(players: int, number: int, seed: int) -> Coalitions:
    """Return about `number` coalitions for at least four players, as described above."""
    whole, weights, left = _outer_sizes(players, number)
    pairs = max((number - 1 - len(whole)) // 2, GROUPS)
    inner = _draw(players, left, pairs, np.random.RandomState(seed))
    mass = sum(_mass(players, size) for size in left)
    members = np.concatenate([whole, inner, np.ones((1, players), dtype=np.bool_)])
    group = np.concatenate([np.full(len(whole), -1), np.repeat(np.arange(pairs) % GROUPS, 2)])
    operator = _operator(members, np.concatenate([weights, np.full(2 * pairs, mass / 2 / pairs)]))
    apart = np.empty((GROUPS, players, len(members)))
    for out in range(GROUPS):
        kept = np.where(group == out, 0.0, 1.0)
        share = mass / kept[len(whole) :].sum()
        apart[out] = _operator(members, np.concatenate([weights, share * kept[len(whole) :]]))
    return Coalitions(members, operator, apart)


def _mass(players: int, size: int) -> float:
    """The Shapley kernel of all coalitions of a size together."""
    return (players - 1) / (size * (players - size))


def _outer_sizes(players: int, number: int) -> tuple[Booleans, Floats, list[int]]:
    """Return the coalitions of the sizes that are taken whole, their weights, and the other sizes.
    Half of the number is left for drawing, so that there is something to judge the error by."""
    taken: list[tuple[int, ...]] = []
    weights: list[float] = []
    left = list(range(1, players))
    while len(left) > 2:
        ends = sorted({left[0], left[-1]})
        if len(taken) + sum(comb(players, size) for size in ends) > number // 2:
            break
        for size in ends:
            members = list(combinations(range(players), size))
            taken += members
            weights += [_mass(players, size) / len(members)] * len(members)
        left = left[1:-1]
    whole = np.zeros((len(taken), players), dtype=np.bool_)
    for row, members_ in enumerate(taken):
        whole[row, list(members_)] = True
    return whole, np.asarray(weights), left


def _draw(players: int, sizes: list[int], pairs: int, random: np.random.RandomState) -> Booleans:
    """Return coalitions drawn by the kernel, each followed by its complement."""
    mass = np.asarray([_mass(players, size) for size in sizes])
    picked = random.choice(sizes, size=pairs, p=mass / mass.sum())
    members = np.zeros((2 * pairs, players), dtype=np.bool_)
    for pair, size in enumerate(picked):
        members[2 * pair, random.permutation(players)[:size]] = True
    members[1::2] = ~members[::2]
    return members


def _operator(members: Booleans, weights: Floats) -> Floats:
    """Return the matrix that solves the constrained least squares; the last member holds all."""
    inside = members[:-1].astype(np.float64)
    weighted = inside * weights[:, None]
    inverse = np.linalg.pinv(inside.T @ weighted, hermitian=True)
    ones = inverse.sum(axis=1)
    towards = ones / ones.sum()
    free = (inverse - np.outer(towards, ones)) @ weighted.T
    return np.ascontiguousarray(np.column_stack([free, towards]))
