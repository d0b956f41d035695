"""Every unit finds the same leaf as the tree, and knows the same players to agree."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from explain.attribution import sklearn_trees  # noqa: F401  registers what is read
from explain.attribution.trees import Tree, read
from explain.attribution.units import MOST_BYTES, MOST_TESTS, Cut, Unit, cut, table_size

PLAYER_OF = np.array([0, 0, 1, 2, 2, 3], dtype=np.int32)


@pytest.fixture(scope="module")
def trees() -> tuple[Tree, ...]:
    random = np.random.default_rng(2)
    rows = random.normal(size=(300, 6))
    label = (rows.sum(axis=1) + random.normal(size=300) > 0).astype(int)
    forest = RandomForestClassifier(4, max_depth=9, random_state=0).fit(rows, label)
    return read(forest, 1).trees


def goes_left(tree: Tree, node: int, row: np.ndarray) -> bool:
    return bool(np.float32(row[tree.column[node]]) <= tree.threshold[node])


def path_bits(tree: Tree, pieces: Cut, unit: Unit, row: np.ndarray) -> int:
    """Walk to the unit's top; the bits of the players that agree with every test on the way."""
    parent = {}
    for node in pieces.tests:
        parent[int(tree.left[node])], parent[int(tree.right[node])] = (node, True), (node, False)
    agree, node = (1 << len(unit.path)) - 1, unit.node
    while node in parent:
        above, left = parent[node]
        if goes_left(tree, above, row) != left:
            agree &= ~pieces.slot[above]
        node = above
    return agree


def test_a_leaf_is_reached_exactly_when_all_its_players_agree(trees: tuple[Tree, ...]) -> None:
    rows = np.random.default_rng(3).normal(size=(20, 6))
    for tree in trees:
        pieces = cut(tree, PLAYER_OF)
        for row in rows:
            node = 0
            while tree.left[node] >= 0:
                node = int(tree.left[node] if goes_left(tree, node, row) else tree.right[node])
            reached = []
            for unit in pieces.units:
                index = path_bits(tree, pieces, unit, row)
                for at, test in enumerate(unit.tests):
                    index |= goes_left(tree, test, row) << (len(unit.path) + at)
                reached += [
                    leaf.node
                    for leaf in unit.leaves
                    if all(index & need.mask == need.want for need in leaf.needs)
                ]
            assert reached == [node]


def test_units_cover_every_leaf_once_and_stay_small(trees: tuple[Tree, ...]) -> None:
    for tree in trees:
        units = cut(tree, PLAYER_OF).units
        leaves = [leaf.node for unit in units for leaf in unit.leaves]
        assert sorted(leaves) == np.flatnonzero(tree.left < 0).tolist()
        for unit in units:
            size = 8 * table_size(len(unit.players), len(unit.path), len(unit.tests))
            assert len(unit.tests) <= MOST_TESTS
            assert not unit.tests or size <= MOST_BYTES
            assert len(set(unit.players)) == len(unit.players)
