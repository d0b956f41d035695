"""CatBoost: the exact Shapley values that the library itself computes along its trees, feature by feature."""

from dataclasses import dataclass

import numpy as np

from explain.attribution.contract import Floats, OutputSpace
from explain.attribution.interpreting import Case, Reading, interpret
from explain.attribution.margins import Margin, sign
from explain.attribution.players import Players
from explain.formats.catboost import BINARY, EXPONENTIAL, CatBoostModel

NOTE = (
    "The contributions are CatBoost's own path-dependent ones, against the rows it was trained on, "
    "not those against the registered reference."
)


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
        factor = sign(case.position) if model.loss in BINARY else 1.0
        # One row is enough to be told the base, which is the same for all.
        told = _of_output(model.shap_values(case.background[:1]), case.position)
        return cls(model, case.position, factor, case.players, float(told[0, -1]) * factor)

    def attribute(self, columns: Floats) -> Floats:
        """Return the players' contributions, float64 (rows, players)."""
        told = _of_output(self.model.shap_values(columns), self.position)
        return self.players.gather(told[:, :-1] * self.factor)


@interpret.register
def _(estimator: CatBoostModel, case: Case) -> Reading:
    method = CatBoostShapley.of(estimator, case)
    output = Margin(estimator, space_of(estimator), case.position, method.factor)
    return Reading(method, output, space_of(estimator), notes=() if _asked_for(case) else (NOTE,))


def _asked_for(case: Case) -> bool:
    return case.choices.shapley == "path-dependent"


def space_of(model: CatBoostModel) -> OutputSpace:
    """In which space the values add up."""
    if model.loss in BINARY:
        return "log-odds"
    if model.loss == "MultiClass":
        return "margin"
    return "log-prediction" if model.loss in EXPONENTIAL else "prediction"


def _of_output(values: Floats, position: int) -> Floats:
    return np.asarray(values[:, position] if values.ndim == 3 else values)
