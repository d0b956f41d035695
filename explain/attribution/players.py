"""The players of the game: raw features, each holding all the columns that were made from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.attribution.contract import Floats


@dataclass(frozen=True)
class Players:
    """names: the players in order. of_column: for each column of the model, its player's position.

    A player may hold many columns (one-hot), or none (a feature the model never reads: its
    attribution is 0).
    """

    names: tuple[str, ...]
    of_column: NDArray[np.int32]

    @classmethod
    def of(cls, names: Sequence[str], sources: Sequence[int]) -> "Players":
        return cls(tuple(names), np.asarray(sources, dtype=np.int32))

    def gather(self, by_column: Floats) -> Floats:
        """Sum contributions by column (rows, columns) to contributions by player (rows, players).

        Adds column after column, so that the rounding of a row does not depend on the others.
        """
        total = np.zeros((len(by_column), len(self.names)))
        for column, player in enumerate(self.of_column):
            total[:, player] += by_column[:, column]
        return total


def total(base: float, values: Floats) -> Floats:
    """Return base plus the values of each row (rows, players), added in the players' order: numpy's
    own sum may add in another order for another number of rows."""
    summed = np.full(len(values), base)
    for player in range(values.shape[1]):
        summed += values[:, player]
    return summed
