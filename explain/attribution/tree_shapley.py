"""Trees: exact interventional Shapley values of raw features against a whole background.

The game of a row x against a background row z: a coalition S of players is worth f(x on the columns
of S, z on all others); its Shapley values are averaged over every row of the background. The
background is counted once, so that a row costs the same against one reference row as against a
million.
"""

import math
from dataclasses import dataclass

import numpy as np

from explain.attribution import kernels
from explain.attribution.codes import BinCodes
from explain.attribution.contract import Floats
from explain.attribution.layout import Int64, Leaves, Nodes, Routes, Units, lay_out
from explain.attribution.players import Players
from explain.attribution.trees import Forest

TABLE_LIMIT = 512 * 2**20


@dataclass(frozen=True)
class TreeShapley:
    """base: the mean over the background of the sum of the trees, without the model's constant."""

    players: Players
    codes: BinCodes
    nodes: Nodes
    routes: Routes
    units: Units
    tables: Floats
    base: float
    method: str = "interventional tree Shapley, grouped"

    @classmethod
    def of(
        cls, forest: Forest, players: Players, background: Floats, limit: int = TABLE_LIMIT
    ) -> "TreeShapley":
        """Prepare for `background`, float64 (rows, columns): the prepared reference rows.

        Raises Unsupported where the tables would take more than `limit` bytes.
        """
        codes = BinCodes.of(forest, len(players.of_column))
        layout = lay_out(forest, codes, players.of_column, limit)
        nodes, leaves, total = layout.nodes, layout.leaves, len(background)
        coded = codes.encode(background)
        counts = kernels.count(coded, codes.missing, nodes, layout.counting, leaves)
        deepest = int(leaves.depth.max())
        weights = shapley_weights(deepest)
        tables = kernels.fill_tables(counts, total, leaves, layout.units, weights, deepest)
        base = _mean(leaves, counts, total)
        return cls(players, codes, nodes, layout.explaining, layout.units, tables, base)

    @property
    def nbytes(self) -> int:
        parts = (*self.nodes, *self.routes, *self.units, self.tables)
        arrays = sum(part.nbytes for part in parts if isinstance(part, np.ndarray))
        return arrays + self.codes.nbytes

    def attribute(self, columns: Floats) -> Floats:
        """Return the players' contributions for prepared rows, float64 (rows, players)."""
        values = kernels.attribute(
            self.codes.encode(columns),
            self.codes.missing,
            self.nodes,
            self.routes,
            self.units,
            self.tables,
            len(self.players.names),
        )
        return np.asarray(values)


def shapley_weights(most: int) -> Floats:
    """Return w[s, d] = s! (d-s-1)! / d! for s < d <= most: the weight of a coalition of size s
    among d players (Shapley 1953)."""
    factorial = [math.factorial(n) for n in range(most + 1)]
    weights = np.zeros((most + 1, most + 1))
    for d in range(1, most + 1):
        for s in range(d):
            weights[s, d] = factorial[s] * factorial[d - s - 1] / factorial[d]
    return weights


def _mean(leaves: Leaves, counts: Int64, total: int) -> float:
    """Return the mean sum of the trees: each leaf's value by the share of rows that reach it."""
    reached = counts[leaves.counter[1:] - 1]
    return float((leaves.value * (reached / total)).sum())
