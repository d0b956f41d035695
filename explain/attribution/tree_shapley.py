"""Trees: exact Shapley values of raw features.

Interventional: the game of a row x against a background row z: a coalition S of players is worth
f(x on the columns of S, z on all others); its Shapley values are averaged over every row of the
background. The background is counted once, so that a row costs the same against one reference row
as against a million.

Path-dependent (Lundberg et al. 2020, algorithm 1): at a test of a player outside S both ways are
taken, weighed by the training rows that took them. No background is needed; what is explained is
the model together with its training data's correlations along the paths.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explain.attribution import kernels
from explain.attribution.codes import BinCodes
from explain.attribution.contract import Floats
from explain.attribution.layout import Int64, Leaves, Nodes, Routes, Units, lay_out
from explain.attribution.players import Players
from explain.attribution.trees import Forest
from explain.refusals import Unsupported

TABLE_LIMIT = 512 * 2**20
INTERVENTIONAL = "interventional tree Shapley, grouped"
PATH_DEPENDENT = "path-dependent tree Shapley, grouped"


@dataclass(frozen=True)
class TreeShapley:
    """base: the mean of the sum of the trees, over the background or over the training shares,
    without the model's constant."""

    players: Players
    codes: BinCodes
    nodes: Nodes
    routes: Routes
    units: Units
    tables: Floats
    base: float
    method: str = INTERVENTIONAL

    @classmethod
    def of(
        cls, forest: Forest, players: Players, background: Floats, limit: int = TABLE_LIMIT
    ) -> "TreeShapley":
        """Prepare for `background`, float64 (rows, columns): the prepared reference rows.

        Raises TooDeep where the tables would take more than `limit` bytes.
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

    @classmethod
    def along_paths(
        cls, forest: Forest, players: Players, limit: int = TABLE_LIMIT
    ) -> "TreeShapley":
        """Prepare path-dependent values. Raises TooDeep where the tables would take more than
        `limit` bytes, and Unsupported where the trees do not say what they were trained on."""
        if any(tree.cover is None for tree in forest.trees):
            raise Unsupported("The trees do not say how many training rows took which way.")
        codes = BinCodes.of(forest, len(players.of_column))
        layout = lay_out(forest, codes, players.of_column, limit)
        deepest = int(layout.leaves.depth.max())
        weights = shapley_weights(deepest)
        tables, base = kernels.fill_path_tables(layout.leaves, layout.units, weights, deepest)
        routes, units = layout.explaining, layout.units
        return cls(players, codes, layout.nodes, routes, units, tables, base, PATH_DEPENDENT)

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

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything computed ahead as plain arrays; see `from_arrays`."""
        parts: dict[str, NamedTuple] = {
            "nodes": self.nodes, "routes": self.routes, "units": self.units,
        }  # fmt: skip
        named = {
            f"{part}.{name}": np.asarray(value)
            for part, fields in parts.items()
            for name, value in fields._asdict().items()
        }
        lengths = np.asarray([len(column) for column in self.codes.thresholds], dtype=np.int64)
        book = np.concatenate([*self.codes.thresholds, np.zeros(0)])
        code = np.asarray([self.codes.narrow, self.codes.dtype is np.uint32])
        rest = {"tables": self.tables, "base": np.asarray(self.base)}
        return named | rest | {"book": book, "lengths": lengths, "code": code}

    @classmethod
    def from_arrays(
        cls, players: Players, arrays: Mapping[str, NDArray[Any]], method: str
    ) -> "TreeShapley":
        """Return what gave these arrays. They must be those of the same forest, players, background
        and method: nothing here could tell."""
        nodes = Nodes(*(arrays[f"nodes.{name}"] for name in Nodes._fields))
        units = Units(*(arrays[f"units.{name}"] for name in Units._fields))
        *flat, longest = (arrays[f"routes.{name}"] for name in Routes._fields)
        routes = Routes(flat[0], flat[1], flat[2], int(longest))
        book = np.split(arrays["book"], np.cumsum(arrays["lengths"])[:-1])
        narrow, wide = arrays["code"].tolist()
        dtype = np.uint32 if wide else np.uint16
        codes = BinCodes(tuple(book), narrow, dtype, int(np.iinfo(dtype).max))
        base, tables = float(arrays["base"]), arrays["tables"]
        return cls(players, codes, nodes, routes, units, tables, base, method)


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
