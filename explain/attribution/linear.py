"""Linear models: Shapley values in closed form.

For f(x) = a + sum(w_c x_c) the interventional Shapley value of a player is the sum over its columns
of w_c (x_c - mean of x_c over the background); no coalition need be visited (Lundberg and Lee 2017,
corollary 1, for players that hold several columns).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from explain.attribution.contract import Floats, OutputSpace, Said
from explain.attribution.margins import softmax
from explain.attribution.players import Players
from explain.pipelines import as_matrix


@dataclass(frozen=True)
class LinearOutput:
    """The model's margins, added column after column.

    A matrix product would be quicker, but its rounding depends on how many rows it is given.

    weights:  float64 (margins, columns): one line per class, or a single one.
    position: the explained line.
    """

    weights: Floats
    intercepts: Floats
    position: int
    space: OutputSpace

    def __call__(self, prepared: Any) -> Said:
        """Return output and score for a prepared table."""
        columns = as_matrix(prepared)
        if self.space == "margin":
            lines = [self.line(columns, at) for at in range(len(self.weights))]
            return Said(lines[self.position], softmax(np.stack(lines, axis=1), self.position))
        output = self.line(columns, self.position)
        if self.space == "log-odds":
            return Said(output, np.asarray(expit(output)))
        return Said(output, np.exp(output) if self.space == "log-prediction" else output)

    def line(self, columns: Floats, at: int) -> Floats:
        """Return margin `at`, float64 (rows,)."""
        total = np.full(len(columns), self.intercepts[at])
        for column, weight in enumerate(self.weights[at]):
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
    def of(cls, output: LinearOutput, players: Players, background: Floats) -> "LinearShapley":
        """Prepare for `background`, float64 (rows, columns): the prepared reference rows."""
        means = np.asarray(background.mean(axis=0))
        base = float(output.line(means[None, :], output.position)[0])
        return cls(players, output.weights[output.position], means, base)

    @property
    def nbytes(self) -> int:
        return int(self.weights.nbytes + self.means.nbytes)

    def attribute(self, columns: Floats) -> Floats:
        """Return the players' contributions, float64 (rows, players)."""
        return self.players.gather((columns - self.means) * self.weights)
