"""Forests too deep for exact tables: the shap package's path-dependent values, said to be such.

Imported only when such a forest comes, and only by workers: shap takes seconds and much memory.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shap

from explain.attribution.contract import Floats, OutputSpace
from explain.attribution.players import Players
from explain.refusals import Unsupported

# shap adds up leaves of 32 bits for some families; measured on random forests: 2e-7 to 1e-5.
SLACK = 1e-4


@dataclass(frozen=True)
class ShapTrees:
    """factor: turns shap's margin into that of the explained class. position: of the explained
    class, where shap gives one value per class."""

    explainer: Any
    players: Players
    position: int
    factor: float
    base: float
    nbytes: int
    method: str

    @classmethod
    def of(
        cls, estimator: Any, space: OutputSpace, position: int, factor: float, players: Players
    ) -> "ShapTrees":
        """Prepare for a fitted tree ensemble. Raises Unsupported where shap knows it not."""
        try:
            explainer = shap.TreeExplainer(estimator, feature_perturbation="tree_path_dependent")
        except Exception as error:
            # shap raises types of its own and plain ones for models that it does not know.
            raise Unsupported(f"shap does not take this model ({type(error).__name__}).") from error
        many = np.size(explainer.expected_value) > 1
        own = space == "log-odds" and not many
        expected = np.asarray(explainer.expected_value, dtype=np.float64).reshape(-1)
        base = float(expected[position if many else 0]) * (factor if own else 1.0)
        size = sum(
            part.nbytes for part in vars(explainer.model).values() if isinstance(part, np.ndarray)
        )
        method = f"path-dependent tree SHAP by shap {shap.__version__}, columns summed"
        return cls(explainer, players, position, factor if own else 1.0, base, size, method)

    def attribute(self, columns: Floats) -> Floats:
        """Return the players' contributions for prepared rows, float64 (rows, players)."""
        values = np.asarray(
            self.explainer.shap_values(columns, check_additivity=False), dtype=np.float64
        )
        if values.ndim == 3:
            values = values[:, :, self.position]
        return self.players.gather(values * self.factor)
