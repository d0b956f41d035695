"""The flat arrays hold what the units hold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from explain.attribution import sklearn_trees  # noqa: F401  registers what is read
from explain.attribution.codes import BinCodes
from explain.attribution.layout import lay_out
from explain.attribution.trees import Forest, read
from explain.attribution.units import cut, table_size
from explain.refusals import Unsupported

PLAYER_OF = np.array([0, 1, 1, 2], dtype=np.int32)


@pytest.fixture(scope="module")
def forest() -> Forest:
    random = np.random.default_rng(0)
    rows = random.normal(size=(400, 4))
    label = rows[:, 0] * rows[:, 1] + rows[:, 2] > 0
    return read(HistGradientBoostingClassifier(max_iter=3, random_state=0).fit(rows, label), 1)


def test_offsets_lead_to_each_unit_and_leaf(forest: Forest) -> None:
    codes = BinCodes.of(forest, 4)
    layout = lay_out(forest, codes, PLAYER_OF, 10**9)
    units, leaves = layout.units, layout.leaves
    at = 0
    for number, tree in enumerate(forest.trees):
        pieces = cut(tree, PLAYER_OF)
        assert units.first[number] == at
        for unit in pieces.units:
            players = units.player[units.player_first[at] : units.player_first[at + 1]]
            tests = units.test[units.test_first[at] : units.test_first[at + 1]]
            assert tuple(players) == unit.players
            assert tuple(tests - layout.counting.start[number]) == unit.tests
            size = table_size(len(unit.players), len(unit.path), len(unit.tests))
            assert units.table[at + 1] - units.table[at] == size
            held = range(units.leaf_first[at], units.leaf_first[at + 1])
            assert [leaves.node[leaf] for leaf in held] == [leaf.node for leaf in unit.leaves]
            assert [leaves.value[leaf] for leaf in held] == [
                tree.value[leaf.node] for leaf in unit.leaves
            ]
            at += 1
    assert units.first[-1] == at == len(units.node)


def test_the_limit_is_refused_before_any_table_is_made(forest: Forest) -> None:
    with pytest.raises(Unsupported, match="up to 2 different features on one path"):
        lay_out(forest, BinCodes.of(forest, 4), PLAYER_OF, 1000)
