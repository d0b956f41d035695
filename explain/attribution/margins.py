"""What a model itself says about a row, in the space in which it is explained."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from explain.attribution.contract import Floats, OutputSpace, Said
from explain.refusals import Unsupported


@dataclass(frozen=True)
class Margin:
    """Calls the estimator's own method for the explained output, once.

    space:    "log-odds": factor * decision_function; "margin": decision_function of one of several
              classes; "probability": predict_proba; "prediction", "log-prediction": predict.
    position: of the explained class in classes_; 0 for a regression.
    factor:   turns decision_function into the log-odds of the explained class.
    """

    estimator: Any
    space: OutputSpace
    position: int
    factor: float = 1.0

    def __call__(self, prepared: Any) -> Said:
        """Return output and score for a prepared table."""
        if self.space == "log-odds":
            decision = np.asarray(self.estimator.decision_function(prepared), dtype=np.float64)
            output = self.factor * decision
            return Said(output, np.asarray(expit(output)))
        if self.space == "margin":
            margins = np.asarray(self.estimator.decision_function(prepared), dtype=np.float64)
            return Said(margins[:, self.position].copy(), softmax(margins, self.position))
        said = score(self.estimator, prepared, self.position)
        return Said(in_space(self.space, said), said)


def in_space(space: OutputSpace, scores: Floats) -> Floats:
    """Return the output that is explained, from probabilities or predictions."""
    if space == "log-odds":
        return np.asarray(logit(scores))
    return np.asarray(np.log(scores)) if space == "log-prediction" else scores


def softmax(margins: Floats, position: int) -> Floats:
    """Return the probability of the class at `position` from margins (rows, classes), added class
    after class, so that a row's rounding does not depend on the others."""
    top = margins.max(axis=1)
    total = np.zeros(len(margins))
    for column in range(margins.shape[1]):
        total += np.exp(margins[:, column] - top)
    return np.asarray(np.exp(margins[:, position] - top) / total)


def score(model: Any, table: Any, position: int) -> Floats:
    """Return predict_proba of the class at `position`, or predict of a regression, (rows,)."""
    if not is_classifier(model):
        return np.asarray(model.predict(table), dtype=np.float64).reshape(-1)
    return np.asarray(model.predict_proba(table), dtype=np.float64)[:, position]


def is_classifier(model: Any) -> bool:
    """True for a model that chooses between classes."""
    return len(getattr(model, "classes_", ())) > 0


def sign(position: int) -> float:
    """Return what turns the margin of classes_[1] into that of the class at `position`."""
    return 1.0 if position == 1 else -1.0


def position_of(estimator: Any, positive: Hashable) -> int:
    """Return the position of class `positive` among those of the estimator; None means that it is a
    regression. Raises Unsupported."""
    classes = list(getattr(estimator, "classes_", ()))
    if positive is None:
        if classes:
            raise Unsupported("The model chooses between classes; it does not predict a number.")
        outputs = max(
            getattr(estimator, "n_outputs_", 1), np.size(getattr(estimator, "intercept_", 0))
        )
        if outputs > 1:
            raise Unsupported("Only models with one output are explained.")
        return 0
    if any(np.ndim(one) for one in classes):
        raise Unsupported("Only models with one output are explained.")
    if len(classes) < 2:
        raise Unsupported("The model does not choose between classes.")
    if positive not in classes:
        known = ", ".join(f"'{name}'" for name in classes[:-1]) + f" and '{classes[-1]}'"
        raise Unsupported(f"The model knows the classes {known}, not '{positive}'.")
    if not hasattr(estimator, "predict_proba"):
        raise Unsupported("The model gives no probability of its classes.")
    return classes.index(positive)
