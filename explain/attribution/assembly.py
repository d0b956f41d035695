"""From a fitted model and a background to an explainer: which method, and does it hold."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Protocol

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from explain.attribution.contract import Attribution, Explainer, Floats, OutputSpace
from explain.attribution.linear import LinearMargin, LinearShapley
from explain.attribution.margins import Margin, position_of, probability, sign
from explain.attribution.players import Players
from explain.attribution.reading import lightgbm, xgboost  # noqa: F401 - registers their readers
from explain.attribution.reading.catboost import CatBoostShapley, space_of
from explain.attribution.tree_shapley import TABLE_LIMIT, TreeShapley
from explain.attribution.trees import TOLERANCE, read
from explain.formats.catboost import CatBoostModel
from explain.pipelines import Split, as_matrix, split
from explain.refusals import Unsupported
from explain.rows import Rows, RowSchema


class Method(Protocol):
    """Attributes prepared rows to players."""

    @property
    def method(self) -> str: ...
    @property
    def base(self) -> float: ...
    @property
    def nbytes(self) -> int: ...

    def attribute(self, columns: Floats) -> Floats: ...


class Output(Protocol):
    """The model's own output for a prepared table, float64 (rows,)."""

    def __call__(self, prepared: Any) -> Floats: ...


@dataclass(frozen=True)
class Reading:
    """What was made of an estimator: how to attribute, and what it says itself, in which space.

    tolerance: how far the parts may stand from the model's own output.
    """

    method: Method
    output: Output
    space: OutputSpace
    tolerance: float = TOLERANCE


@dataclass(frozen=True)
class PipelineExplainer:
    """An Explainer of a scikit-learn model: preparation, then a method that knows its columns."""

    schema: RowSchema
    parts: Split
    reading: Reading
    base: float
    positive_class: Hashable

    @property
    def method(self) -> str:
        return self.reading.method.method

    @property
    def output_space(self) -> OutputSpace:
        return self.reading.space

    @property
    def nbytes(self) -> int:
        return self.reading.method.nbytes

    def explain(self, rows: Rows) -> Attribution:
        """Explain raw rows; see Explainer."""
        prepared = self.parts.prepare(self.schema.frame(rows))
        output = self.reading.output(prepared)
        values = self.reading.method.attribute(as_matrix(prepared))
        residual = np.abs(output - _added(self.base, values))
        return Attribution(self.schema.features, values, output, self.base, residual)

    def probability(self, rows: Rows) -> Floats:
        """Return the model's own probability of the positive class; see Explainer."""
        prepared = self.parts.prepare(self.schema.frame(rows))
        position = position_of(self.parts.estimator, self.positive_class)
        return probability(self.parts.estimator, prepared, position)


def build(
    model: Any,
    background: Rows,
    features: Sequence[str],
    positive: Hashable,
    *,
    table_limit: int = TABLE_LIMIT,
) -> Explainer:
    """Build the explainer of a fitted model against every row of `background`.

    model:       a Pipeline or bare estimator for two classes; see `explain.pipelines` for what may
                 prepare its columns, `explain.attribution.trees` for the ensembles.
    background:  raw reference rows; all of them count, and their order does not matter.
    features:    the raw features, in the order in which they are to be reported.
    positive:    the class whose probability is explained, as it stands in classes_.
    table_limit: bytes that may be spent on tables.
    Raises Unsupported with a sentence where the model cannot be explained exactly, among them the
    case that what was read from the artefact does not give the model's own output on `background`.
    """
    schema = RowSchema.of(background, features)
    frame = schema.frame(background)
    parts = split(model, frame)
    position = position_of(parts.estimator, positive)
    prepared = parts.prepare(frame)
    players = Players.of(parts.features, parts.sources)
    reading = interpret(parts.estimator, position, players, as_matrix(prepared), table_limit)
    _check_probability(parts.estimator, prepared, position, reading)
    return PipelineExplainer(schema, parts, reading, _base(reading, prepared), positive)


@singledispatch
def interpret(
    estimator: Any, position: int, players: Players, background: Floats, table_limit: int
) -> Reading:
    """Choose the method for a fitted estimator; trees unless another kind is registered.

    Methods for further kinds of model are added with `interpret.register`. Raises Unsupported.
    """
    forest = read(estimator, position)
    method = TreeShapley.of(forest, players, background, table_limit)
    factor = forest.scale * sign(position)
    output = Margin(estimator, forest.space, position, factor)
    return Reading(method, output, forest.space, forest.tolerance)


@interpret.register
def _(
    estimator: LogisticRegression,
    position: int,
    players: Players,
    background: Floats,
    table_limit: int,
) -> Reading:
    weights = np.asarray(estimator.coef_[0], dtype=np.float64) * sign(position)
    output = LinearMargin(weights, float(estimator.intercept_[0]) * sign(position))
    return Reading(LinearShapley.of(output, players, background), output, "log-odds")


@interpret.register
def _(
    estimator: CatBoostModel,
    position: int,
    players: Players,
    background: Floats,
    table_limit: int,
) -> Reading:
    method = CatBoostShapley.of(estimator, position, players, background)
    space = space_of(estimator)
    return Reading(method, Margin(estimator, space, position, method.factor), space)


def _check_probability(estimator: Any, prepared: Any, position: int, reading: Reading) -> None:
    """See that what is explained is the probability the model publishes, or its log-odds."""
    explained = reading.output(prepared)
    implied = expit(explained) if reading.space == "log-odds" else explained
    if np.abs(implied - probability(estimator, prepared, position)).max() > reading.tolerance:
        raise Unsupported("The model's probability is not the one that its margin implies.")


def _base(reading: Reading, prepared: Any) -> float:
    """Return the mean output over the background: the method's own mean plus the model's constant.

    The constant is what the model gives beyond the parts that were read from it. It must be the
    same for every row of the background; where it is not, the parts were misread.
    """
    method = reading.method
    explained = _added(method.base, method.attribute(as_matrix(prepared)))
    beyond = reading.output(prepared) - explained
    constant = float(np.median(beyond))
    if np.abs(beyond - constant).max() > reading.tolerance * max(1.0, abs(constant)):
        raise Unsupported("What was read from the model does not give the model's own output.")
    return method.base + constant


def _added(base: float, values: Floats) -> Floats:
    """Return base plus the values of each row, added in the features' order: numpy's own sum may
    add in another order for another number of rows."""
    total = np.full(len(values), base)
    for feature in range(values.shape[1]):
        total += values[:, feature]
    return total
