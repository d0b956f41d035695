"""CatBoost: its trees against the registered reference; or the values that the library itself gives along its
paths, where those are wanted or the trees cannot be read."""

from dataclasses import dataclass

import numpy as np

from explain.attribution.contract import Floats, OutputSpace
from explain.attribution.interpreting import Case, Reading, interpret, tables
from explain.attribution.margins import Margin, sign
from explain.attribution.players import Players
from explain.attribution.trees import Forest, Tree, read
from explain.formats.catboost import BINARY, EXPONENTIAL, CatBoostModel
from explain.refusals import Unsupported

NOTE = (
    "{why} The contributions are therefore CatBoost's own path-dependent ones, against the rows it was trained "
    "on, not those against the registered reference."
)


@read.register
def _(estimator: CatBoostModel, position: int) -> Forest:
    held = estimator.trees
    if held is None:
        raise Unsupported(estimator.obstacle)
    output = position if held.trees[0].values.shape[1] > 1 else 0
    scale = held.scale * _factor(estimator, position)
    trees = tuple(
        Tree(
            left=tree.left,
            right=tree.right,
            column=tree.column,
            threshold=tree.threshold,
            missing_left=tree.missing_left,
            value=tree.values[:, output] * scale,
        )
        for tree in held.trees
    )
    # CatBoost keeps numbers as float32.
    return Forest(trees, space_of(estimator), narrow=True)


@dataclass(frozen=True)
class CatBoostShapley:
    """Path-dependent values: against the training rows as the trees remember them, not against the
    profile's background. base: the expected output by the same reckoning."""

    model: CatBoostModel
    position: int
    factor: float
    players: Players
    base: float
    nbytes: int = 0
    method: str = "path-dependent tree Shapley by CatBoost"

    @classmethod
    def of(cls, model: CatBoostModel, case: Case) -> "CatBoostShapley":
        factor = _factor(model, case.position)
        # One row is enough to be told the base, which is the same for all.
        told = _of_output(model.shap_values(case.background[:1]), case.position)
        return cls(model, case.position, factor, case.players, float(told[0, -1]) * factor)

    def attribute(self, columns: Floats) -> Floats:
        """Return the players' contributions, float64 (rows, players)."""
        told = _of_output(self.model.shap_values(columns), self.position)
        # Of the columns made from categories the library's own table knows nothing.
        made = np.zeros((len(columns), len(self.model.sets)))
        return self.players.gather(np.column_stack([told[:, :-1], made]) * self.factor)


@interpret.register
def _(estimator: CatBoostModel, case: Case) -> Reading:
    space = space_of(estimator)
    output = Margin(estimator, space, case.position, _factor(estimator, case.position))
    if case.choices.shapley == "path-dependent":
        return Reading(CatBoostShapley.of(estimator, case), output, space)
    try:
        method = tables(read(estimator, case.position), case)
    except Unsupported as why:
        notes = (NOTE.format(why=why),)
        return Reading(CatBoostShapley.of(estimator, case), output, space, notes=notes)
    return Reading(method, output, space)


def _factor(model: CatBoostModel, position: int) -> float:
    return sign(position) if model.loss in BINARY else 1.0


def space_of(model: CatBoostModel) -> OutputSpace:
    """In which space the values add up."""
    if model.loss in BINARY:
        return "log-odds"
    if model.loss == "MultiClass":
        return "margin"
    return "log-prediction" if model.loss in EXPONENTIAL else "prediction"


def _of_output(values: Floats, position: int) -> Floats:
    return np.asarray(values[:, position] if values.ndim == 3 else values)
