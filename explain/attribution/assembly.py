"""From a fitted model and a background to an explainer: which method, and does it hold."""

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# The kinds of estimator that are read: each registers itself.
from explain.attribution import sklearn_linear, sklearn_trees  # noqa: F401
from explain.attribution.black_box import ask, ask_exactly
from explain.attribution.contract import (
    Attribution,
    Choices,
    Explainer,
    Floats,
    OutputSpace,
    Shelf,
)
from explain.attribution.entering import KnownTexts
from explain.attribution.interpreting import Case, Reading, interpret
from explain.attribution.margins import position_of, score
from explain.attribution.players import Players, total
from explain.attribution.reading import catboost, lightgbm, xgboost  # noqa: F401
from explain.pipelines import Split, split
from explain.refusals import Unsupported
from explain.rows import Rows, RowSchema

AS_CHOSEN = Choices()
# How many rows of the background a slow method is checked on.
FEW = 16


@dataclass(frozen=True)
class PipelineExplainer:
    """An Explainer of a scikit-learn model: preparation, then a method that knows its columns."""

    schema: RowSchema
    parts: Split
    reading: Reading
    base: float
    positive_class: Hashable
    pace: float = 0.0
    known: KnownTexts | None = None

    @property
    def method(self) -> str:
        return self.reading.method.method

    @property
    def output_space(self) -> OutputSpace:
        return self.reading.space

    @property
    def tolerance(self) -> float:
        return self.reading.tolerance

    @property
    def notes(self) -> tuple[str, ...]:
        return self.reading.notes

    @property
    def nbytes(self) -> int:
        return self.reading.method.nbytes

    def explain(self, rows: Rows) -> Attribution:
        """Explain raw rows; see Explainer."""
        return self.attribute(self.enter(rows))

    def enter(self, rows: Rows) -> Floats:
        """See Explainer. float64 (rows, columns)."""
        way_in = self.parts if self.known is None else self.known
        return way_in.prepare(self.schema.table(rows))

    def attribute(self, entered: Floats) -> Attribution:
        """See Explainer."""
        said = self.reading.output(entered)
        values = self.reading.method.attribute(entered)
        residual = np.abs(said.output - total(self.base, values))
        features = self.schema.features
        return Attribution(features, values, said.output, self.base, residual, said.score)

    def score(self, rows: Rows) -> Floats:
        """See Explainer."""
        return self.reading.output(self.enter(rows)).score

    def exchanged(self, entered: Floats, reference: Floats, taken: NDArray[np.bool_]) -> Floats:
        """See Explainer. Exchanges prepared columns: each comes from one feature alone."""
        moved = taken[:, :, list(self.parts.sources)]
        table = np.where(moved, reference[0], entered[:, None, :]).reshape(-1, entered.shape[1])
        return self.reading.output(table).output.reshape(taken.shape[:2])


def build(
    model: Any,
    background: Rows,
    features: Sequence[str],
    positive: Hashable,
    choices: Choices = AS_CHOSEN,
    *,
    shelf: Shelf | None = None,
) -> Explainer:
    """Build the explainer of one output of a fitted model against every row of `background`.

    model:      a Pipeline or bare estimator; see `explain.pipelines` for what may prepare its
                columns, `explain.attribution.interpreting` for what is read exactly. Any other model
                with predict_proba and classes_, or with predict, is explained by asking it.
    background: raw reference rows; all of them count, and their order does not matter.
    features:   the raw features, in the order in which they are to be reported.
    positive:   the class whose output is explained, as it stands in classes_; None for a regression.
    shelf:      where tables that took long to compute are kept.
    Raises Unsupported with a sentence where the model cannot be explained so.
    """
    schema = RowSchema.of(background, features)
    frame = schema.frame(background)
    try:
        explainer = _read(model, schema, frame, positive, choices, shelf)
    except Unsupported as refusal:
        return _asked(model, schema, frame, positive, choices, refusal)
    if choices.space not in ("auto", explainer.output_space):
        return ask_exactly(model, schema, frame, positive, choices)
    return explainer


def _asked(
    model: Any,
    schema: RowSchema,
    frame: pd.DataFrame,
    positive: Hashable,
    choices: Choices,
    refusal: Unsupported,
) -> Explainer:
    """Explain by asking what could not be read; where that is refused too, say both."""
    try:
        return ask(model, schema, frame, positive, choices)
    except Unsupported as second:
        said = str(second) if str(second) == str(refusal) else f"{refusal} {second}"
        raise Unsupported(said) from second


def _read(
    model: Any,
    schema: RowSchema,
    frame: pd.DataFrame,
    positive: Hashable,
    choices: Choices,
    shelf: Shelf | None,
) -> PipelineExplainer:
    parts = split(model, frame)
    position = position_of(parts.estimator, positive)
    prepared = parts.prepare(frame)
    players = Players.of(parts.features, parts.sources)
    reading = interpret(parts.estimator, Case(position, players, prepared, choices, shelf))
    sample = parts.prepare(frame.iloc[:FEW]) if reading.slow else prepared
    _check_score(parts.estimator, sample, position, reading)
    begun = time.perf_counter()
    base = _base(reading, sample)
    pace = (time.perf_counter() - begun) / min(FEW, len(frame)) if reading.slow else 0.0
    known = KnownTexts.of(parts, schema)
    return PipelineExplainer(schema, parts, reading, base, positive, pace, known)


def _check_score(estimator: Any, prepared: Any, position: int, reading: Reading) -> None:
    """See that what is explained is what the model publishes, or its margin."""
    said, own = reading.output(prepared).score, score(estimator, prepared, position)
    if (np.abs(said - own) > reading.tolerance * np.maximum(1.0, np.abs(own))).any():
        raise Unsupported("The model's score is not the one that its margin implies.")


def _base(reading: Reading, prepared: Any) -> float:
    """Return the mean output over the background: the method's own mean plus the model's constant.

    The constant is what the model gives beyond the parts that were read from it. It must be the
    same for every row of the background; where it is not, the parts were misread.
    """
    method = reading.method
    explained = total(method.base, method.attribute(prepared))
    output = reading.output(prepared).output
    beyond = output - explained
    constant = float(np.median(beyond))
    if np.abs(beyond - constant).max() > reading.tolerance * max(1.0, float(np.abs(output).max())):
        raise Unsupported("What was read from the model does not give the model's own output.")
    return method.base + constant
