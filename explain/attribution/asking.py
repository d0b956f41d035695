"""Asking a model about many rows in calls that are always of one size.

A matrix product rounds a row's result by the size of the whole table. So that a row's figures are
the same to the last bit whatever rows stand beside it, every call holds the same number of rows;
the last one is filled up, to whole groups of rows, because the processor takes the ragged end of a
table another way.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explain.attribution.contract import Floats, OutputSpace, Said
from explain.attribution.margins import in_space, score
from explain.pipelines import Entrance

# Rows in one call for outputs, and at most in one call for coalitions.
CALL = 512
LARGE = 8192
EVEN = 64


@dataclass(frozen=True)
class Asked:
    """A model, the way into it, and which of its outputs is meant."""

    model: Any
    entrance: Entrance
    position: int
    space: OutputSpace

    def said(self, frame: pd.DataFrame) -> Said:
        """Return output and score of each row, in calls of CALL rows."""
        scores = np.empty(len(frame))
        for begin in range(0, len(frame), CALL):
            part = frame.iloc[begin : begin + CALL]
            scores[begin : begin + CALL] = self._call(part, CALL)[: len(part)]
        return Said(in_space(self.space, scores), scores)

    def means(
        self, rows: pd.DataFrame, background: pd.DataFrame, members: NDArray[np.bool_]
    ) -> Floats:
        """Return for each row and coalition, members (coalitions, features), the mean output over
        the background with the coalition's features taken from the row: (rows, coalitions)."""
        width, many = len(background), len(members)
        room = max(LARGE // width, 1)
        # Small games share a call, several rows to each; large ones take several calls a row.
        together, block = max(room // max(many, 1), 1), min(room, max(many, 1))
        size = -(-together * block * width // EVEN) * EVEN
        worth = np.empty((len(rows), many))
        for first in range(0, len(rows), together):
            some = rows.iloc[first : first + together]
            for begin in range(0, many, block):
                inside = members[begin : begin + block]
                table = mixed(some, background, np.repeat(inside[None], len(some), axis=0))
                outputs = in_space(self.space, self._call(table, size)[: len(table)])
                means = outputs.reshape(len(some), len(inside), width).mean(axis=2)
                worth[first : first + together, begin : begin + block] = means
        return worth

    def exchanged(
        self, rows: pd.DataFrame, reference: pd.DataFrame, taken: NDArray[np.bool_]
    ) -> Floats:
        """See Explainer.exchanged."""
        table = mixed(rows, reference, ~taken)
        return self.said(table).output.reshape(taken.shape[:2])

    def _call(self, frame: pd.DataFrame, size: int) -> Floats:
        lacking = size - len(frame)
        if lacking:
            frame = frame.iloc[np.r_[np.arange(len(frame)), np.zeros(lacking, dtype=int)]]
            frame = frame.reset_index(drop=True)
        return score(self.model, self.entrance(frame), self.position)


def mixed(rows: pd.DataFrame, background: pd.DataFrame, inside: NDArray[np.bool_]) -> pd.DataFrame:
    """Return, for each row, each of its coalitions inside[row] (rows, coalitions, features) and each
    row of the background, that row with the coalition's features taken from the row."""
    many, width = inside.shape[1], len(background)
    columns = {}
    for at, name in enumerate(background.columns):
        theirs = np.tile(background[name].to_numpy(), len(rows) * many)
        own = np.repeat(rows[name].to_numpy(), many * width)
        held = np.repeat(inside[:, :, at].ravel(), width)
        values = np.where(held, own, theirs)
        columns[name] = pd.Series(values, dtype=background[name].dtype)
    return pd.DataFrame(columns)
