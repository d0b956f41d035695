"""What a model itself says about a row, in the space in which it is explained."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from explain.attribution.contract import Floats, OutputSpace
from explain.refusals import Unsupported


@dataclass(frozen=True)
class Margin:
    """Calls the estimator's own method for the explained class.

    space:    "log-odds": factor * decision_function; "probability": predict_proba[:, position].
    position: 0 or 1, the explained class in classes_.
    factor:   turns decision_function into the log-odds of the explained class.
    """

    estimator: Any
    space: OutputSpace
    position: int
    factor: float

    def __call__(self, prepared: Any) -> Floats:
        """Return the output for a prepared table, float64 (rows,)."""
        if self.space == "probability":
            return probability(self.estimator, prepared, self.position)
        decision = np.asarray(self.estimator.decision_function(prepared), dtype=np.float64)
        return np.asarray(self.factor * decision)


def probability(estimator: Any, prepared: Any, position: int) -> Floats:
    """Return predict_proba of the class at `position`, float64 (rows,)."""
    return np.asarray(estimator.predict_proba(prepared), dtype=np.float64)[:, position]


def sign(position: int) -> float:
    """Return what turns the margin of classes_[1] into that of the class at `position`."""
    return 1.0 if position == 1 else -1.0


def position_of(estimator: Any, positive: Hashable) -> int:
    """Return the position of class `positive` among the two of the estimator, or refuse."""
    classes = list(getattr(estimator, "classes_", ()))
    if len(classes) != 2 or getattr(estimator, "n_outputs_", 1) != 1:
        raise Unsupported("Only models that choose between two classes are explained so far.")
    if positive not in classes:
        known = " and ".join(f"'{name}'" for name in classes)
        raise Unsupported(f"The model knows the classes {known}, not '{positive}'.")
    return classes.index(positive)
