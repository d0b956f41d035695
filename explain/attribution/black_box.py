"""Models that tell nothing but their output: Shapley values of raw features by asking.

The game is the same as for trees: a coalition is worth the mean output over every row of the
background, with the coalition's features taken from the row that is explained.
"""

import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_regressor

from explain.attribution.asking import CALL, Asked
from explain.attribution.coalitions import GROUPS, LEAST, MOST_EXACT, Coalitions, drawn, every
from explain.attribution.contract import Attribution, Choices, Floats, OutputSpace
from explain.attribution.interpreting import refuse_path_dependent
from explain.attribution.margins import is_classifier, position_of
from explain.attribution.players import total
from explain.attribution.trees import TOLERANCE
from explain.pipelines import Entrance, single_threaded
from explain.refusals import Unsupported
from explain.rows import Rows, RowSchema

# More coalitions than these for each player would add digits that nobody reads.
ENOUGH = 64
# Nor more than fit into this many bytes with what judges their error.
ROOM = 256 * 2**20


@dataclass(frozen=True)
class BlackBox:
    """An Explainer by asking. background: the rows that stand for it, as a table."""

    schema: RowSchema
    asked: Asked
    background: pd.DataFrame
    coalitions: Coalitions
    base: float
    positive_class: Hashable
    notes: tuple[str, ...]
    pace: float
    tolerance: float = TOLERANCE

    @property
    def method(self) -> str:
        if self.coalitions.exact:
            return "interventional Shapley, every coalition"
        return f"interventional Shapley, {len(self.coalitions.members):,} coalitions"

    @property
    def output_space(self) -> OutputSpace:
        return self.asked.space

    @property
    def nbytes(self) -> int:
        return self.coalitions.nbytes + int(self.background.memory_usage(deep=True).sum())

    def explain(self, rows: Rows) -> Attribution:
        """Explain raw rows; see Explainer."""
        return self.attribute(self.enter(rows))

    def enter(self, rows: Rows) -> pd.DataFrame:
        """See Explainer. The table of raw features."""
        return self.schema.frame(rows)

    def attribute(self, entered: pd.DataFrame) -> Attribution:
        """See Explainer."""
        frame = entered.reset_index(drop=True)
        said = self.asked.said(frame)
        worth = self.asked.means(frame, self.background, self.coalitions.members[:-1])
        values, errors = np.empty(frame.shape), np.empty(frame.shape)
        for row in range(len(frame)):
            gains = np.append(worth[row], said.output[row]) - self.base
            values[row], error = self.coalitions.solve(gains)
            errors[row] = 0.0 if error is None else error
        residual = np.abs(said.output - total(self.base, values))
        told = None if self.coalitions.exact else errors
        features, base = self.schema.features, self.base
        return Attribution(features, values, said.output, base, residual, said.score, told)

    def score(self, rows: Rows) -> Floats:
        """See Explainer."""
        return self.asked.said(self.schema.frame(rows)).score

    def exchanged(
        self, entered: pd.DataFrame, reference: pd.DataFrame, taken: NDArray[np.bool_]
    ) -> Floats:
        """See Explainer."""
        return self.asked.exchanged(entered, reference, taken)


def ask(
    model: Any, schema: RowSchema, background: pd.DataFrame, positive: Hashable, choices: Choices
) -> BlackBox:
    """Build the explainer of a fitted model of which nothing is known but predict_proba or predict.

    Raises Unsupported with a sentence where it would take more evaluations than `choices` allow.
    """
    refuse_path_dependent(choices)
    single = single_threaded(model)
    position = position_of(single, positive)
    space = _space(single, choices)
    entrance = Entrance.of(model, schema.features)
    reference, notes = _reference(background, choices)
    coalitions = _affordable(len(schema.features), len(reference), choices)
    asked = Asked(single, entrance, position, space)
    begun = time.perf_counter()
    outputs = asked.said(reference).output
    took = (time.perf_counter() - begun) / -(-len(reference) // CALL) / CALL
    if not np.isfinite(outputs).all():
        raise Unsupported("The model is certain of some reference rows: they have no log-odds.")
    pace = took * len(reference) * len(coalitions.members)
    return BlackBox(
        schema, asked, reference, coalitions, float(outputs.mean()), positive, notes, pace
    )


def ask_exactly(
    model: Any, schema: RowSchema, background: pd.DataFrame, positive: Hashable, choices: Choices
) -> BlackBox:
    """As `ask`, for a model with an exact method in another space than the one that is wanted: an
    estimate is refused there."""
    explainer = ask(model, schema, background, positive, choices)
    if not explainer.coalitions.exact:
        raise Unsupported(
            f"On the scale '{choices.space}' this model could only be estimated, while it is "
            "explained exactly on its own; choose 'auto'."
        )
    return explainer


def _space(model: Any, choices: Choices) -> OutputSpace:
    if not is_classifier(model):
        if isinstance(model, BaseEstimator) and not is_regressor(model):
            raise Unsupported("The model gives neither a probability nor a prediction.")
        return "prediction"
    return "log-odds" if choices.space == "log-odds" else "probability"


def _reference(background: pd.DataFrame, choices: Choices) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows that stand for the background: all, or as many as the owner registered."""
    rows = choices.black_box_rows
    if not 0 < rows < len(background):
        return background, ()
    picked = np.random.RandomState(choices.seed).permutation(len(background))[:rows]
    note = (
        f"As registered with the version, {rows:,} of the {len(background):,} reference rows stand "
        "for all; others would give somewhat other figures."
    )
    return background.iloc[np.sort(picked)].reset_index(drop=True), (note,)


def _affordable(players: int, rows: int, choices: Choices) -> Coalitions:
    number = choices.evaluations // rows
    if players <= MOST_EXACT and 1 << players <= max(number, 4):
        return every(players)
    if number < LEAST * players:
        raise Unsupported(
            f"Asking this model about {players} features against {rows:,} reference rows takes at "
            f"least {LEAST * players * rows:,} evaluations a decision; the specification allows "
            f"{choices.evaluations:,}. Allow more, or register fewer reference rows for it."
        )
    most = max(ROOM // (8 * GROUPS * players), LEAST * players)
    return drawn(players, min(number, ENOUGH * players, most), choices.seed)
