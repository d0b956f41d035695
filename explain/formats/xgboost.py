"""XGBoost's models behind scikit-learn's surface. The library itself is imported when one is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from explain.formats.before import Before
from explain.formats.checks import xgboost as checks
from explain.formats.checks.xgboost import Ensemble
from explain.formats.contract import Floats, matrix, names_of
from explain.formats.rules import Rules
from explain.formats.softmax import ByMargin
from explain.formats.steps import Categories, by_place
from explain.refusals import Malformed, Unsupported

BINARY: Final = frozenset({"binary:logistic"})
MULTICLASS: Final = frozenset({"multi:softprob", "multi:softmax"})
# Regressions whose prediction is the margin itself, its exponential, or its logistic.
PLAIN: Final = frozenset(
    {
        "reg:squarederror",
        "reg:squaredlogerror",
        "reg:absoluteerror",
        "reg:pseudohubererror",
        "reg:quantileerror",
        "reg:linear",
    }
)
EXPONENTIAL: Final = frozenset({"reg:gamma", "reg:tweedie", "count:poisson"})
LOGISTIC: Final = frozenset({"reg:logistic"})


@dataclass(frozen=True)
class XGBoostModel(ByMargin):
    """A Booster. Its margins are added in float32, its probabilities are the logistic, or softmax,
    of those margins in float64: within 1e-7 of the library's own float32 ones.

    ensemble: what its file says, for who reads its trees.
    sets:     the last columns of its tables are these memberships, made for who reads its trees.
    """

    booster: Any
    ensemble: Ensemble = field(repr=False)
    labels: NDArray[Any] | None
    feature_names_in_: NDArray[Any] | None
    n_features_in_: int
    sets: tuple[tuple[int, tuple[int, ...]], ...] = ()
    kind: str = "xgboost"
    family: str = "xgboost"

    def decision_function(self, table: Any) -> Floats:
        """Margins: (rows,) of classes_[1], or of a regression; (rows, classes) with more classes."""
        columns = matrix(table)
        width = self.ensemble.columns
        if columns.shape[1] != width + len(self.sets):
            raise ValueError(f"The model takes {width} columns, not {columns.shape[1]}.")
        found = np.asarray(
            self._margins(np.ascontiguousarray(columns[:, :width])), dtype=np.float64
        )
        return found[:, 0] if found.shape[1] == 1 else found

    def _margins(self, columns: Floats) -> Any:
        if not self.ensemble.linear:
            return self.booster.inplace_predict(
                columns, predict_type="margin", validate_features=False, strict_shape=True
            )
        import xgboost  # noqa: PLC0415 - loaded with the model

        table = xgboost.DMatrix(columns, nthread=1)
        return self.booster.predict(
            table, output_margin=True, validate_features=False, strict_shape=True
        )

    def predicted(self, margin: Floats) -> Floats:
        if self.ensemble.objective in EXPONENTIAL:
            return np.exp(margin)
        return expit(margin) if self.ensemble.objective in LOGISTIC else margin


def load(content: bytes, rules: Rules) -> Any:
    """Raises Malformed where the library refuses it, Unsupported for an objective not known here."""
    import xgboost  # noqa: PLC0415 - a worker pays for what it uses

    document = checks.decode(content)
    booster = xgboost.Booster({"nthread": 1})
    try:
        booster.load_model(bytearray(content))
    except xgboost.core.XGBoostError as error:
        raise Malformed(checks.WHAT, f"the library says: {str(error).splitlines()[0]}") from None
    return wrap(booster, checks.describe(document))


def wrap(booster: Any, ensemble: Ensemble) -> Any:
    """The model around a Booster, behind the step that its categories need."""
    names = names_of(booster.feature_names)
    sets = tuple(
        sorted({(t.column[node], s) for t in ensemble.trees for node, s in t.sets.items()})
    )
    model = XGBoostModel(booster, ensemble, _labels(ensemble), names, ensemble.columns, sets)
    if not sets and not ensemble.categories:
        return model
    numbers = {at: by_place(values) for at, values in ensemble.categories.items()}
    return Before.of([("categories", Categories(numbers, sets))], model)


def _labels(ensemble: Ensemble) -> NDArray[Any] | None:
    objective = ensemble.objective
    if objective in BINARY and ensemble.groups == 1:
        return np.arange(2)
    if objective in MULTICLASS:
        return np.arange(ensemble.groups)
    if objective in PLAIN | EXPONENTIAL | LOGISTIC and ensemble.groups == 1:
        return None
    raise Unsupported(
        f"XGBoost models of the objective '{objective}' with {ensemble.groups} outputs are not explained so far."
    )
