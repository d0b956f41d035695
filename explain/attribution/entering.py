"""A quick way into a pipeline, for few rows: what its steps made of a text before, they make of it again.

Transforming one row costs scikit-learn milliseconds, most of what a single explanation takes. Where every
column either is a raw number as it stands or comes from a text (`explain.pipelines` has checked that it
comes from that text alone), the columns of a text need to be asked for once.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explain.attribution.contract import Floats
from explain.pipelines import Split
from explain.rows import RowSchema, Table

# Above so many rows the steps themselves are quicker; a worker's batch, twice over, is fewer.
FEW = 2048
# So many texts of a feature are kept; who sends more has no categories.
MOST = 4096


@dataclass
class KnownTexts:
    """parts: the steps. numbers: pairs of column and feature that are the same; texts: of each text
    feature, by name, its columns. made: by feature, what each text became."""

    parts: Split
    numbers: tuple[tuple[int, str], ...]
    texts: dict[str, NDArray[np.int64]]
    made: dict[str, dict[Hashable, Floats]] = field(init=False)

    def __post_init__(self) -> None:
        self.made = {name: {} for name in self.texts}

    @classmethod
    def of(cls, parts: Split, schema: RowSchema) -> "KnownTexts | None":
        """None where some column has to be computed from a number."""
        texts = {name for name, n in zip(schema.features, schema.numeric, strict=True) if not n}
        owners = [parts.features[source] for source in parts.sources]
        if not texts or not parts.steps:
            return None
        if not all(raw or o in texts for raw, o in zip(parts.raw, owners, strict=True)):
            return None
        columns = {
            name: np.flatnonzero([owner == name for owner in owners])
            for name in sorted(texts & set(owners))
        }
        numbers = tuple((at, owner) for at, owner in enumerate(owners) if owner not in texts)
        return cls(parts, numbers, columns)

    def prepare(self, table: Table) -> Floats:
        """See Split."""
        if len(table) > FEW:
            return self.parts.prepare(table)
        keys = {name: _keys(table.columns[name]) for name in self.texts}
        if any(key not in self.made[name] for name in keys for key in keys[name]):
            self._learn(keys, self.parts.prepare(table))
        prepared = np.empty((len(table), len(self.parts.sources)))
        for column, feature in self.numbers:
            prepared[:, column] = table.columns[feature]
        for name, columns in self.texts.items():
            made = self.made[name]
            prepared[:, columns] = [made[key] for key in keys[name]]
        return prepared

    def _learn(self, keys: dict[str, list[Hashable]], prepared: Floats) -> None:
        for name, columns in self.texts.items():
            if len(self.made[name]) > MOST:
                self.made[name].clear()
            self.made[name] |= dict(zip(keys[name], prepared[:, columns], strict=True))


def _keys(column: NDArray[np.object_]) -> list[Hashable]:
    """Missing is a key like others, while NaN is not even itself."""
    return [None if value != value else value for value in column.tolist()]
