"""An ensemble laid out for the kernels: the units of all its trees as flat arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explain.attribution.codes import BinCodes, Codes
from explain.attribution.contract import Floats
from explain.attribution.trees import Forest
from explain.attribution.units import Cut, Unit, cut, table_size
from explain.refusals import TooDeep

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


class Nodes(NamedTuple):
    """All trees' nodes, one entry per node; left and right count from the tree's first node.
    slot: the bit of the node's player among those on the way to it."""

    column: Int32
    code: Codes
    missing_left: NDArray[np.bool_]
    slot: Int32
    left: Int32
    right: Int32


class Routes(NamedTuple):
    """Tree t, whose first node is start[t], makes the tests test[first[t]:first[t + 1]], parents
    first. longest: the number of nodes of the largest tree."""

    test: Int32
    first: Int64
    start: Int64
    longest: int


class Leaves(NamedTuple):
    """All leaves, in the order of their units. node counts from the tree's first; depth is the
    number of players on the path; the leaf's 2^depth counters begin at counter. A leaf of tree t
    stands at first[t]:first[t + 1]."""

    node: Int32
    depth: Int32
    value: Floats
    counter: Int64
    first: Int64
    need_first: Int64
    mask: Int32
    want: Int32
    place: Int32
    ratio: Floats


class Units(NamedTuple):
    """All units. Those of tree t stand at first[t]:first[t + 1]; the tests of unit u at
    test[test_first[u]:test_first[u + 1]], and its players and leaves likewise. Its table begins at
    table[u] and holds 2^(depth + tests) numbers for each player in turn."""

    first: Int64
    node: Int32
    depth: Int32
    test: Int32
    test_first: Int64
    player: Int32
    player_first: Int64
    leaf_first: Int64
    table: Int64


@dataclass(frozen=True)
class Layout:
    """Everything the kernels need but the tables. counting: routes to every leaf; explaining:
    routes to the tops of the units."""

    nodes: Nodes
    counting: Routes
    explaining: Routes
    leaves: Leaves
    units: Units


def lay_out(forest: Forest, codes: BinCodes, player_of: Int32, limit: int) -> Layout:
    """Lay out a forest; player_of gives each column's player.

    Raises TooDeep where tables and counters would take more than `limit` bytes.
    """
    cuts = [cut(tree, player_of) for tree in forest.trees]
    _refuse_beyond(limit, [unit for piece in cuts for unit in piece.units])
    sizes = [len(tree.left) for tree in forest.trees]
    starts = list(accumulate(sizes, initial=0))[:-1]
    return Layout(
        nodes=_nodes(forest, codes, cuts),
        counting=_routes([piece.tests for piece in cuts], starts, max(sizes)),
        explaining=_routes([piece.above for piece in cuts], starts, max(sizes)),
        leaves=_leaves(forest, cuts),
        units=_units(cuts, starts),
    )


def _refuse_beyond(limit: int, units: Sequence[Unit]) -> None:
    tables = sum(_table_size(unit) for unit in units)
    counters = sum(1 << len(leaf.needs) for unit in units for leaf in unit.leaves)
    if 8 * (tables + counters) <= limit:
        return
    deepest = max(len(leaf.needs) for unit in units for leaf in unit.leaves)
    raise TooDeep(
        f"The trees test up to {deepest} different features on one path, so that exact tables "
        f"would take {8 * (tables + counters) / 2**20:,.0f} MiB; {limit / 2**20:,.0f} MiB are "
        "allowed."
    )


def _table_size(unit: Unit) -> int:
    return table_size(len(unit.players), len(unit.path), len(unit.tests))


def _nodes(forest: Forest, codes: BinCodes, cuts: Sequence[Cut]) -> Nodes:
    left = np.concatenate([tree.left for tree in forest.trees])
    column = np.concatenate([tree.column for tree in forest.trees])
    threshold = np.concatenate([tree.threshold for tree in forest.trees])
    inner = left >= 0
    return Nodes(
        column=np.where(inner, column, 0).astype(np.int32),
        code=codes.of_thresholds(np.where(inner, column, -1), threshold),
        missing_left=np.concatenate([tree.missing_left for tree in forest.trees]),
        slot=_int32([slot for piece in cuts for slot in piece.slot]),
        left=left.astype(np.int32),
        right=np.concatenate([tree.right for tree in forest.trees]).astype(np.int32),
    )


def _routes(tests: Sequence[Sequence[int]], starts: Sequence[int], longest: int) -> Routes:
    numbered = [[start + test for test in own] for start, own in zip(starts, tests, strict=True)]
    return Routes(_flat(numbered), _offsets(map(len, tests)), _int64(starts), longest)


def _leaves(forest: Forest, cuts: Sequence[Cut]) -> Leaves:
    by_tree = [[leaf for unit in piece.units for leaf in unit.leaves] for piece in cuts]
    leaves = [leaf for own in by_tree for leaf in own]
    needs = [need for leaf in leaves for need in leaf.needs]
    values = [
        tree.value[[leaf.node for leaf in own]]
        for tree, own in zip(forest.trees, by_tree, strict=True)
    ]
    return Leaves(
        node=_int32([leaf.node for leaf in leaves]),
        depth=_int32([len(leaf.needs) for leaf in leaves]),
        value=np.concatenate(values),
        counter=_offsets(1 << len(leaf.needs) for leaf in leaves),
        first=_offsets(map(len, by_tree)),
        need_first=_offsets(len(leaf.needs) for leaf in leaves),
        mask=_int32([need.mask for need in needs]),
        want=_int32([need.want for need in needs]),
        place=_int32([need.place for need in needs]),
        ratio=np.asarray([need.ratio for need in needs], dtype=np.float64),
    )


def _units(cuts: Sequence[Cut], starts: Sequence[int]) -> Units:
    units = [unit for piece in cuts for unit in piece.units]
    tests = [
        [start + test for test in unit.tests]
        for start, piece in zip(starts, cuts, strict=True)
        for unit in piece.units
    ]
    return Units(
        first=_offsets(len(piece.units) for piece in cuts),
        node=_int32([unit.node for unit in units]),
        depth=_int32([len(unit.path) for unit in units]),
        test=_flat(tests),
        test_first=_offsets(map(len, tests)),
        player=_flat([unit.players for unit in units]),
        player_first=_offsets(len(unit.players) for unit in units),
        leaf_first=_offsets(len(unit.leaves) for unit in units),
        table=_offsets(map(_table_size, units)),
    )


def _offsets(lengths: Iterable[int]) -> Int64:
    return _int64(list(accumulate(lengths, initial=0)))


def _flat(lists: Iterable[Sequence[int]]) -> Int32:
    return _int32([item for one in lists for item in one])


def _int32(items: Sequence[int]) -> Int32:
    return np.asarray(items, dtype=np.int32)


def _int64(items: Sequence[int]) -> Int64:
    return np.asarray(items, dtype=np.int64)
