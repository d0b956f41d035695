"""The stability test's noise: much the same case, a little beside itself."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explain.rows import Table

# As a share of a number's spread in the reference.
NOISE = 0.01


@dataclass(frozen=True)
class Noise:
    """A little noise on the numbers: what is added to each feature of any row, 0 where nothing is.

    The same for every row, so that a row's figures do not depend on those beside it. What is added
    to whole numbers is rounded to whole ones, often to 0; categories are left alone.
    """

    added: NDArray[np.float64]

    @classmethod
    def of(cls, frame: pd.DataFrame, numbers: NDArray[np.bool_], seed: int) -> "Noise":
        """frame: the reference rows; numbers: which of its columns are numbers."""
        drawn = np.random.RandomState(seed).standard_normal(len(frame.columns))
        added = [
            _noise(frame[name], drawn[at]) if number else 0.0
            for at, (name, number) in enumerate(zip(frame.columns, numbers, strict=True))
        ]
        return cls(np.asarray(added))

    def onto(self, table: Table) -> Table | None:
        """Return `table` with the noise, or None where there is none to add."""
        if not self.added.any():
            return None
        return Table(
            {
                name: column + added if added else column
                for (name, column), added in zip(table.columns.items(), self.added, strict=True)
            }
        )


def _noise(column: "pd.Series[float]", drawn: float) -> float:
    known = column.to_numpy()[~np.isnan(column.to_numpy())]
    if not len(known):
        return 0.0
    noise = NOISE * drawn * float(known.std())
    return float(np.round(noise)) if np.array_equal(known, np.round(known)) else noise
