"""LightGBM's models behind scikit-learn's surface. The library itself is imported when one is loaded."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explain.formats.before import Before
from explain.formats.checks import lightgbm as checks
from explain.formats.checks.lightgbm import CATEGORICAL, MISSING_ZERO, Ensemble
from explain.formats.contract import Floats, matrix, names_of
from explain.formats.rules import Rules
from explain.formats.softmax import ByMargin
from explain.formats.steps import Categories, ZeroIsMissing, by_place
from explain.refusals import Malformed, Unsupported

PLAIN: Final = frozenset({"regression", "regression_l1", "huber", "fair", "quantile", "mape"})
EXPONENTIAL: Final = frozenset({"poisson", "gamma", "tweedie"})


@dataclass(frozen=True)
class LightGBMModel(ByMargin):
    """A Booster; see ``Model``.

    factor: what turns its raw score into log-odds (the objective's sigmoid parameter), or into a mean
            where the trees are averaged.
    sets:   the last columns of its tables are these memberships, made for who reads its trees.
    zeros:  the columns in which a step before it has made zeros missing.
    """

    booster: Any
    ensemble: Ensemble = field(repr=False)
    labels: NDArray[Any] | None
    feature_names_in_: NDArray[Any] | None
    n_features_in_: int
    factor: float = 1.0
    sets: tuple[tuple[int, tuple[int, ...]], ...] = ()
    zeros: tuple[int, ...] = ()
    kind: str = "lightgbm"
    family: str = "lightgbm"

    def decision_function(self, table: Any) -> Floats:
        """Margins: (rows,) of classes_[1], or of a regression; (rows, classes) with more classes."""
        columns = matrix(table)
        width = len(self.ensemble.names)
        if columns.shape[1] != width + len(self.sets):
            raise ValueError(f"The model takes {width} columns, not {columns.shape[1]}.")
        if not len(columns):
            return np.empty((0, self.ensemble.groups))[
                :, slice(None) if self.ensemble.groups > 1 else 0
            ]
        raw = self.booster.predict(
            np.ascontiguousarray(columns[:, :width]), raw_score=True, num_threads=1
        )
        return np.asarray(raw, dtype=np.float64) * self.factor

    def predicted(self, margin: Floats) -> Floats:
        return np.exp(margin) if self.ensemble.objective.split()[0] in EXPONENTIAL else margin


def load(content: bytes, rules: Rules) -> Any:
    """The model, behind the steps that its categories and missing zeros need.

    Raises Malformed where the library refuses it, Unsupported for an objective not known here.
    """
    import lightgbm  # noqa: PLC0415 - a worker pays for what it uses

    text = content.decode().replace("\r\n", "\n")
    try:
        booster = lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise Malformed(checks.WHAT, f"the library says: {error}") from None
    return wrap(booster, text)


def wrap(booster: Any, text: str) -> Any:
    """The model around a Booster, behind the steps that its categories and missing zeros need."""
    ensemble = checks.check(text.encode())
    told, factor = _output(ensemble)
    if ensemble.average:
        factor /= max(len(ensemble.trees) // ensemble.groups, 1)
    numbers = _numbers(ensemble, text)
    sets = _sets(ensemble)
    zeros = _zeros(ensemble)
    named = names_of(ensemble.names)
    if ensemble.names == tuple(f"Column_{at}" for at in range(len(ensemble.names))):
        named = None
    steps: list[tuple[str, Any]] = []
    if numbers or sets:
        steps.append(("categories", Categories(numbers, sets)))
    if zeros:
        steps.append(("zeros", ZeroIsMissing(zeros)))
    width = len(ensemble.names)
    model = LightGBMModel(booster, ensemble, told, named, width, factor, sets, zeros)
    return Before.of(steps, model) if steps else model


def _output(ensemble: Ensemble) -> tuple[NDArray[Any] | None, float]:
    name, *options = ensemble.objective.split() or [""]
    said = dict(option.split(":", 1) for option in options if ":" in option)
    if name == "binary" and ensemble.groups == 1:
        return np.arange(2), float(said.get("sigmoid", 1))
    if name == "multiclass":
        return np.arange(ensemble.groups), 1.0
    if name in PLAIN | EXPONENTIAL and ensemble.groups == 1 and "sqrt" not in options:
        return None, 1.0
    raise Unsupported(
        f"LightGBM models of the objective '{ensemble.objective}' are not explained so far."
    )


def _numbers(ensemble: Ensemble, text: str) -> Mapping[int, Mapping[Hashable, int]]:
    """Each categorical column's values by the numbers they had in training."""
    if not ensemble.categories:
        return {}
    lines = [line for line in text.splitlines() if line.startswith("[categorical_feature: ")]
    said = lines[-1][len("[categorical_feature: ") : -1] if lines else ""
    columns = sorted(int(word) for word in said.split(",") if word.strip().isdecimal())
    if len(columns) != len(ensemble.categories):
        raise Malformed(checks.WHAT, "its categories belong to no columns.", "/pandas_categorical")
    return {at: by_place(values) for at, values in zip(columns, ensemble.categories, strict=True)}


def _sets(ensemble: Ensemble) -> tuple[tuple[int, tuple[int, ...]], ...]:
    found = {(t.column[node], members) for t in ensemble.trees for node, members in t.sets.items()}
    return tuple(sorted(found))


def _zeros(ensemble: Ensemble) -> tuple[int, ...]:
    kinds: dict[int, set[int]] = {}
    for tree in ensemble.trees:
        for column, kind in zip(tree.column, tree.kind, strict=True):
            if not kind & CATEGORICAL:
                kinds.setdefault(column, set()).add(kind >> 2 & 3)
    zeros = {column for column, types in kinds.items() if MISSING_ZERO in types}
    mixed = [column for column in zeros if len(kinds[column]) > 1]
    if mixed:
        raise Unsupported(
            f"The trees treat zeros in '{ensemble.names[mixed[0]]}' in more than one way, which is not explained."
        )
    return tuple(sorted(zeros))
