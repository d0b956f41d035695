"""The loops of tree Shapley, compiled by numba.

Compiled code is cached on disk; set NUMBA_CACHE_DIR to a folder the worker may write, else each
process compiles for some seconds. No `fastmath`: sums keep the order in which they are written, so
that a row's figures are the same to the last bit whatever rows stand beside it.
"""

import numpy as np
from numba import njit

from explain.attribution.codes import Codes
from explain.attribution.contract import Floats
from explain.attribution.layout import Int32, Int64, Leaves, Nodes, Routes, Units

# Rows are taken in blocks that fit the cache.
BLOCK = 256


@njit(cache=True, nogil=True)
def _route(
    codes: Codes, missing: int, nodes: Nodes, routes: Routes, tree: int, agree: Int32, block: Int64
) -> None:
    """Set agree[n, r], for each node n reached by the routes of `tree` and each row of the block:
    the bits of the players that agree with every test of theirs on the way to n."""
    begin, end = block
    start = routes.start[tree]
    for row in range(end - begin):
        agree[0, row] = -1
    for at in range(routes.first[tree], routes.first[tree + 1]):
        test = routes.test[at]
        column = codes[nodes.column[test], begin:end]
        here, left, right = agree[test - start], agree[nodes.left[test]], agree[nodes.right[test]]
        code, others = nodes.code[test], ~nodes.slot[test]
        # Two loops, so that the usual one holds a single comparison.
        if nodes.missing_left[test]:
            for row in range(end - begin):
                goes = -np.int32((column[row] <= code) | (column[row] == missing))
                left[row] = here[row] & (goes | others)
                right[row] = here[row] & (~goes | others)
        else:
            for row in range(end - begin):
                goes = -np.int32(column[row] <= code)
                left[row] = here[row] & (goes | others)
                right[row] = here[row] & (~goes | others)


@njit(cache=True, nogil=True)
def count(codes: Codes, missing: int, nodes: Nodes, routes: Routes, leaves: Leaves) -> Int64:
    """Count the background: how many rows show each pattern of agreement at each leaf."""
    counts = np.zeros(leaves.counter[-1], np.int64)
    agree = np.empty((routes.longest, BLOCK), np.int32)
    block = np.empty(2, np.int64)
    for begin in range(0, codes.shape[1], BLOCK):
        block[0], block[1] = begin, min(begin + BLOCK, codes.shape[1])
        for tree in range(len(routes.start)):
            _route(codes, missing, nodes, routes, tree, agree, block)
            for leaf in range(leaves.first[tree], leaves.first[tree + 1]):
                full = np.int32((1 << leaves.depth[leaf]) - 1)
                first, seen = leaves.counter[leaf], agree[leaves.node[leaf]]
                for row in range(block[1] - block[0]):
                    counts[first + (seen[row] & full)] += 1
    return counts


@njit(cache=True, nogil=True)
def _ones(bits: int) -> int:
    total = 0
    while bits:
        bits &= bits - 1
        total += 1
    return total


@njit(cache=True, nogil=True)
def _count_lacking(counts: Int64, depth: int, lacking: Floats) -> None:
    """Set lacking[p, k]: how many background rows do not agree in k players, all of them among p.

    counts[q] holds the rows that agree in exactly the players q. A sum over all subsets of p, made
    by adding one player after the other.
    """
    size = 1 << depth
    lacking[:size, : depth + 1] = 0.0
    for r in range(size):
        lacking[r, _ones(r)] = counts[(size - 1) & ~r]
    for j in range(depth):
        for p in range(size):
            if p >> j & 1:
                for k in range(depth + 1):
                    lacking[p, k] += lacking[p ^ (1 << j), k]


@njit(cache=True, nogil=True)
def _leaf_table(lacking: Floats, depth: int, weights: Floats, table: Floats) -> None:
    """Set table[p, j]: what a leaf of value 1 adds to its player j for a row whose agreeing
    players are p, summed over the background rows counted in `lacking`.

    A row and a background row together reach the leaf for a coalition S exactly when S holds every
    player in whom only the row agrees, and none in whom only the background row does; for no S
    where a player agrees in neither. With a players of the first kind and b of the second, the
    Shapley value of each of the first is (a-1)! b! / (a+b)!, of each of the second
    -a! (b-1)! / (a+b)!. Let r be the players in whom the background row does not agree. Then r is a
    subset of p, a = |r| and b = d - |p|, so that only the number of background rows by |r| matters.
    """
    for p in range(1 << depth):
        most = _ones(p)
        b = depth - most
        against = 0.0
        for k in range(most + 1 if b else 0):
            against -= lacking[p, k] * weights[k, k + b]
        for j in range(depth):
            table[p, j] = against
            if p >> j & 1:
                table[p, j] = 0.0
                for k in range(1, most + 1):
                    with_j = lacking[p, k] - lacking[p ^ (1 << j), k]
                    table[p, j] += with_j * weights[k - 1, k + b]


@njit(cache=True, nogil=True)
def _multiply(ratio: Floats, p: int, poly: Floats) -> tuple[int, float]:
    """Set poly to the coefficients of the product of (z + ratio_i) over the players i in p. Return
    how many those are, and the product of the others' ratios."""
    many, apart = 0, 1.0
    poly[0] = 1.0
    for i in range(len(ratio)):
        if p >> i & 1:
            many += 1
            poly[many] = poly[many - 1]
            for k in range(many - 1, 0, -1):
                poly[k] = poly[k - 1] + ratio[i] * poly[k]
            poly[0] *= ratio[i]
        else:
            apart *= ratio[i]
    return many, apart


@njit(cache=True, nogil=True)
def _path_table(ratio: Floats, weights: Floats, table: Floats, poly: Floats) -> float:
    """Set table[p, j]: what a leaf of value 1 adds to its player j for a row whose agreeing players
    are p, in the game of the training shares; return what the leaf adds to everybody's base.

    A coalition S is worth the product over players of [agrees], if in S, else of ratio. So player j
    gains ([j agrees] - ratio_j) times the sum over sets T of other agreeing players of
    w(|T|) times the ratios of those in neither: coefficients of the product of (z + ratio_i) over
    the agreeing i, taken without j by dividing it out.
    """
    depth = len(ratio)
    for p in range(1 << depth):
        many, apart = _multiply(ratio, p, poly)
        against = 0.0
        if many < depth:
            for k in range(many + 1):
                against -= poly[k] * weights[k, depth]
        for j in range(depth):
            table[p, j] = apart * against
            if p >> j & 1:
                rest, total = 0.0, 0.0
                for k in range(many - 1, -1, -1):
                    rest = poly[k + 1] - ratio[j] * rest
                    total += rest * weights[k, depth]
                table[p, j] = (1.0 - ratio[j]) * apart * total
    base = 1.0
    for i in range(depth):
        base *= ratio[i]
    return base


@njit(cache=True, nogil=True)
def _spread(
    leaves: Leaves, units: Units, unit: int, leaf: int, share: float, table: Floats, tables: Floats
) -> None:
    """Add a leaf's table, times share, to that of its unit."""
    tests = units.test_first[unit + 1] - units.test_first[unit]
    size = 1 << (units.depth[unit] + tests)
    depth, need = leaves.depth[leaf], leaves.need_first[leaf]
    for index in range(size):
        agreeing = 0
        for j in range(depth):
            if index & leaves.mask[need + j] == leaves.want[need + j]:
                agreeing |= 1 << j
        for j in range(depth):
            at = units.table[unit] + leaves.place[need + j] * size + index
            tables[at] += share * table[agreeing, j]


@njit(cache=True, nogil=True)
def fill_tables(
    counts: Int64, total: int, leaves: Leaves, units: Units, weights: Floats, deepest: int
) -> Floats:
    """Return the tables of all units, one after the other, for a background of `total` rows.

    weights[s, d] is s! (d-s-1)! / d!.
    """
    tables = np.zeros(units.table[-1])
    lacking = np.empty((1 << deepest, deepest + 1))
    table = np.empty((1 << deepest, max(deepest, 1)))
    for unit in range(len(units.node)):
        for leaf in range(units.leaf_first[unit], units.leaf_first[unit + 1]):
            first, depth = leaves.counter[leaf], leaves.depth[leaf]
            _count_lacking(counts[first : first + (1 << depth)], depth, lacking)
            _leaf_table(lacking, depth, weights, table)
            _spread(leaves, units, unit, leaf, leaves.value[leaf] / total, table, tables)
    return tables


@njit(cache=True, nogil=True)
def fill_path_tables(
    leaves: Leaves, units: Units, weights: Floats, deepest: int
) -> tuple[Floats, float]:
    """Return the tables of all units for the game of the training shares, and its base: the sum of
    the leaves' values, each times the share of training rows that reach it."""
    tables = np.zeros(units.table[-1])
    table = np.empty((1 << deepest, max(deepest, 1)))
    poly = np.empty(deepest + 2)
    base = 0.0
    for unit in range(len(units.node)):
        for leaf in range(units.leaf_first[unit], units.leaf_first[unit + 1]):
            need = leaves.need_first[leaf]
            ratio = leaves.ratio[need : need + leaves.depth[leaf]]
            base += leaves.value[leaf] * _path_table(ratio, weights, table, poly)
            _spread(leaves, units, unit, leaf, leaves.value[leaf], table, tables)
    return tables, base


@njit(cache=True, nogil=True)
def _set_index(
    codes: Codes,
    missing: int,
    nodes: Nodes,
    units: Units,
    unit: int,
    here: Int32,
    block: Int64,
    index: Int32,
) -> None:
    """Set index[r], the place of each row of a block in the unit's table, from the path bits in
    `here` and the tests inside the unit."""
    begin, end = block
    shift = units.depth[unit]
    full = np.int32((1 << shift) - 1)
    for row in range(end - begin):
        index[row] = here[row] & full
    for at in range(units.test_first[unit], units.test_first[unit + 1]):
        test = units.test[at]
        column, code = codes[nodes.column[test], begin:end], nodes.code[test]
        bit = np.int32(1 << shift)
        shift += 1
        if nodes.missing_left[test]:
            for row in range(end - begin):
                goes = -np.int32((column[row] <= code) | (column[row] == missing))
                index[row] |= goes & bit
        else:
            for row in range(end - begin):
                index[row] |= -np.int32(column[row] <= code) & bit


@njit(cache=True, nogil=True)
def _add_unit(
    units: Units, unit: int, tables: Floats, index: Int32, rows: int, sums: Floats
) -> None:
    """Add what the unit's table holds for each row to sums[player, row]."""
    tests = units.test_first[unit + 1] - units.test_first[unit]
    size, first = 1 << (units.depth[unit] + tests), units.table[unit]
    for at in range(units.player_first[unit], units.player_first[unit + 1]):
        table, mine = tables[first : first + size], sums[units.player[at]]
        for row in range(rows):
            mine[row] += table[index[row]]
        first += size


@njit(cache=True, nogil=True)
def attribute(
    codes: Codes,
    missing: int,
    nodes: Nodes,
    routes: Routes,
    units: Units,
    tables: Floats,
    players: int,
) -> Floats:
    """Return the attributions of coded rows, float64 (rows, players)."""
    rows = codes.shape[1]
    out = np.empty((rows, players))
    width = min(BLOCK, rows)
    agree = np.empty((routes.longest, width), np.int32)
    index = np.empty(width, np.int32)
    sums = np.empty((players, width))
    block = np.empty(2, np.int64)
    for begin in range(0, rows, BLOCK):
        end = min(begin + BLOCK, rows)
        block[0], block[1] = begin, end
        sums[:] = 0.0
        for tree in range(len(routes.start)):
            _route(codes, missing, nodes, routes, tree, agree, block)
            for unit in range(units.first[tree], units.first[tree + 1]):
                here = agree[units.node[unit]]
                _set_index(codes, missing, nodes, units, unit, here, block, index)
                _add_unit(units, unit, tables, index, end - begin, sums)
        for player in range(players):
            for row in range(end - begin):
                out[begin + row, player] = sums[player, row]
    return out
