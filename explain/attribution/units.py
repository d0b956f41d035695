"""One tree cut into units: the small subtrees that share a table.

A leaf is reached when every player on its path agrees with the tests made of it. So what a leaf
adds to the attributions depends only on which of its d players agree: 2^d cases, each a row of d
numbers, which can be computed once. Going further, the leaves of one small subtree (a unit) share a
table. Its index is made of path bits (does the player agree with the way to the unit?) and test
bits (does the row go left at this test inside it?); one look-up per player serves all its leaves.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.attribution.trees import Tree

# A unit's table should stay in the processor's first cache while a block of rows looks things up.
MOST_TESTS = 7
MOST_BYTES = 16 * 1024


@dataclass(frozen=True)
class Need:
    """A player of a leaf agrees with its path when index & mask == want; place is the player's
    position within the unit; ratio the share of the training rows that go the leaf's way at all of
    the player's tests, NaN where the tree does not say."""

    mask: int
    want: int
    place: int
    ratio: float


@dataclass(frozen=True)
class Leaf:
    """A leaf and what each of its players needs, in the order of their first test on the path."""

    node: int
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Unit:
    """node: its top. path: the players tested on the way there, in order. tests: the nodes tested
    inside. players: all players with a say, those of the path first."""

    node: int
    path: tuple[int, ...]
    tests: tuple[int, ...]
    players: tuple[int, ...]
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Cut:
    """slot: per node, the bit of its player among those on the way to it, itself included.
    tests: all tests, parents first. above: those above the units, parents first."""

    slot: tuple[int, ...]
    tests: tuple[int, ...]
    above: tuple[int, ...]
    units: tuple[Unit, ...]


def cut(tree: Tree, player_of: NDArray[np.int32]) -> Cut:
    """Cut a tree into units; player_of gives each column's player."""
    return _Cutter(tree, player_of).cut()


def table_size(players: int, path: int, tests: int) -> int:
    """Return how many numbers a unit's table holds."""
    return players << (path + tests)


class _Cutter:
    def __init__(self, tree: Tree, player_of: NDArray[np.int32]) -> None:
        self.left: list[int] = tree.left.tolist()
        self.right: list[int] = tree.right.tolist()
        self.player: list[int] = player_of[np.where(tree.left < 0, 0, tree.column)].tolist()
        self.path: list[tuple[int, ...]] = [()] * len(self.left)
        self.ratios: list[tuple[float, ...]] = [()] * len(self.left)
        self.tests: list[tuple[int, ...]] = [()] * len(self.left)
        self.slot = [0] * len(self.left)
        self.share = _shares(tree)

    def cut(self) -> Cut:
        self._descend(0, (), ())
        above: list[int] = []
        units: list[Unit] = []
        self._separate(0, above, units)
        return Cut(tuple(self.slot), self.tests[0], tuple(above), tuple(units))

    def _descend(self, node: int, path: tuple[int, ...], ratios: tuple[float, ...]) -> None:
        """Note for every node the players on the way to it, with the shares of training rows that
        take it, and the tests from it down."""
        self.path[node], self.ratios[node] = path, ratios
        if self.left[node] < 0:
            return
        onward = _with(path, self.player[node])
        place = onward.index(self.player[node])
        self.slot[node] = 1 << place
        so_far = ratios if len(onward) == len(path) else (*ratios, 1.0)
        for child in (self.left[node], self.right[node]):
            mine = (so_far[place] * self.share[child],)
            self._descend(child, onward, so_far[:place] + mine + so_far[place + 1 :])
        self.tests[node] = (
            node,
            *self.tests[self.left[node]],
            *self.tests[self.right[node]],
        )

    def _separate(self, node: int, above: list[int], units: list[Unit]) -> None:
        """Put the subtree into one unit if it is small enough, else cut below its top."""
        tests = self.tests[node]
        players = self.path[node]
        if len(tests) <= MOST_TESTS:
            for test in tests:
                players = _with(players, self.player[test])
            size = 8 * table_size(len(players), len(self.path[node]), len(tests))
            if not tests or size <= MOST_BYTES:
                units.append(self._unit(node, players))
                return
        above.append(node)
        self._separate(self.left[node], above, units)
        self._separate(self.right[node], above, units)

    def _unit(self, node: int, players: tuple[int, ...]) -> Unit:
        path, tests = self.path[node], self.tests[node]
        start = {player: 1 << at for at, player in enumerate(path)}
        bit = {test: 1 << (len(path) + at) for at, test in enumerate(tests)}
        leaves: list[Leaf] = []

        def collect(at: int, mask: dict[int, int], want: dict[int, int]) -> None:
            if self.left[at] < 0:
                agreeing = zip(self.path[at], self.ratios[at], strict=True)
                needs = (Need(mask[p], want[p], players.index(p), r) for p, r in agreeing)
                leaves.append(Leaf(at, tuple(needs)))
                return
            player = self.player[at]
            tested = {**mask, player: mask.get(player, 0) | bit[at]}
            collect(self.left[at], tested, {**want, player: want.get(player, 0) | bit[at]})
            collect(self.right[at], tested, {**want, player: want.get(player, 0)})

        collect(node, start, start)
        return Unit(node, path, tests, players, tuple(leaves))


def _shares(tree: Tree) -> list[float]:
    """Return for each node the share of its parent's training rows that came on to it. Of a parent
    that no training row reached, half go either way: the shares must add up to one."""
    if tree.cover is None:
        return [math.nan] * len(tree.left)
    shares = np.ones(len(tree.left))
    inner = np.flatnonzero(tree.left >= 0)
    for children in (tree.left[inner], tree.right[inner]):
        reached = tree.cover[inner] > 0
        shares[children[reached]] = tree.cover[children[reached]] / tree.cover[inner[reached]]
        shares[children[~reached]] = 0.5
    return [float(share) for share in shares]


def _with(players: tuple[int, ...], player: int) -> tuple[int, ...]:
    return players if player in players else (*players, player)
