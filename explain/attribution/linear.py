"""Linear models: Shapley values in closed form.

For f(x) = a + sum(w_c x_c) the interventional Shapley value of a player is the sum over its columns
of w_c (x_c - mean of x_c over the background); no coalition need be visited (Lundberg and Lee 2017,
corollary 1, for players that hold several columns).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from explain.attribution.contract import Floats
from explain.attribution.players import Players
from explain.pipelines import as_matrix


@dataclass(frozen=True)
class LinearMargin:
    """The model's log-odds, added column after column.

    A matrix product would be quicker, but its rounding depends on how many rows it is given.
    """

    weights: Floats
    intercept: float

    def __call__(self, prepared: Any) -> Floats:
        """Return the log-odds for a prepared table, float64 (rows,)."""
        columns = as_matrix(prepared)
        total = np.full(len(columns), self.intercept)
        for column, weight in enumerate(self.weights):
            total += columns[:, column] * weight
        return total


@dataclass(frozen=True)
class LinearShapley:
    """weights, means: float64 (columns,); base: mean output over the background."""

    players: Players
    weights: Floats
    means: Floats
    base: float
    method: str = "interventional linear Shapley, grouped"

    @classmethod
    def of(cls, output: LinearMargin, players: Players, background: Floats) -> "LinearShapley":
        """Prepare for `background`, float64 (rows, columns): the prepared reference rows."""
        means = np.asarray(background.mean(axis=0))
        base = float(output(means[None, :])[0])
        return cls(players, output.weights, means, base)

    @property
    def nbytes(self) -> int:
        return int(self.weights.nbytes + self.means.nbytes)

    def attribute(self, columns: Floats) -> Floats:
        """Return the players' contributions, float64 (rows, players)."""
        return self.players.gather((columns - self.means) * self.weights)
