"""CatBoost: the exact Shapley values that the library itself computes along its trees, feature by feature."""

from dataclasses import dataclass

import numpy as np

from explain.attribution.contract import Floats, OutputSpace
from explain.attribution.margins import sign
from explain.attribution.players import Players
from explain.formats.catboost import BINARY, EXPONENTIAL, CatBoostModel


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
    def of(
        cls, model: CatBoostModel, position: int, players: Players, background: Floats
    ) -> "CatBoostShapley":
        """background: prepared rows, of which one is enough to be told the base."""
        factor = sign(position) if model.loss in BINARY else 1.0
        told = _of_output(model.shap_values(background[:1]), position)
        return cls(model, position, factor, players, float(told[0, -1]) * factor)

    def attribute(self, columns: Floats) -> Floats:
        """Return the players' contributions, float64 (rows, players)."""
        told = _of_output(self.model.shap_values(columns), self.position)
        return self.players.gather(told[:, :-1] * self.factor)


def space_of(model: CatBoostModel) -> OutputSpace:
    """In which space the values add up."""
    if model.loss in BINARY:
        return "log-odds"
    if model.loss == "MultiClass":
        return "margin"
    return "log-prediction" if model.loss in EXPONENTIAL else "prediction"


def _of_output(values: Floats, position: int) -> Floats:
    return np.asarray(values[:, position] if values.ndim == 3 else values)
