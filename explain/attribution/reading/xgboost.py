"""XGBoost's trees, read from its own model file.

XGBoost goes left where x < t, both float32; a Tree where x <= t. The float32 just below t makes one of the other.
"""

import numpy as np
from numpy.typing import NDArray

from explain.attribution.contract import Floats, OutputSpace
from explain.attribution.margins import sign
from explain.attribution.trees import Forest, Tree, read
from explain.formats.checks import xgboost as file
from explain.formats.xgboost import BINARY, EXPONENTIAL, LOGISTIC, XGBoostModel
from explain.refusals import Unsupported

# The library adds up leaves in float32: a hundred roundings, relative to the margin.
TOLERANCE = 1e-5


@read.register
def _(estimator: XGBoostModel, position: int) -> Forest:
    ensemble = estimator.ensemble
    if ensemble.linear:
        raise Unsupported("XGBoost's linear booster has no trees; it is asked as a black box.")
    if ensemble.objective in LOGISTIC:
        raise Unsupported("XGBoost models of the objective 'reg:logistic' are not read as trees.")
    group = position if ensemble.groups > 1 else 0
    factor = sign(position) if ensemble.objective in BINARY else 1.0
    place = {test: ensemble.columns + at for at, test in enumerate(estimator.sets)}
    trees = tuple(_tree(t, place, factor) for t in ensemble.trees if t.group == group)
    return Forest(trees, _space(ensemble), narrow=True, tolerance=TOLERANCE)


def _space(ensemble: file.Ensemble) -> OutputSpace:
    if ensemble.objective in BINARY:
        return "log-odds"
    if ensemble.groups > 1:
        return "margin"
    return "log-prediction" if ensemble.objective in EXPONENTIAL else "prediction"


def _tree(tree: file.Tree, place: dict[tuple[int, tuple[int, ...]], int], factor: float) -> Tree:
    """A node that tests a category asks one of the columns at the end for it, its sides exchanged:
    XGBoost sends the members right, and they are 0."""
    left, right = np.asarray(tree.left, np.int64), np.asarray(tree.right, np.int64)
    column = np.where(left < 0, 0, np.asarray(tree.column, np.int64))
    condition = np.asarray(tree.condition, np.float32)
    threshold = _just_below(condition)
    missing_left = np.asarray(tree.default_left, np.bool_)
    for node, members in tree.sets.items():
        left[node], right[node] = right[node], left[node]
        missing_left[node] = not missing_left[node]
        column[node], threshold[node] = place[tree.column[node], members], 0.5
    return Tree(
        left=left,
        right=right,
        column=column,
        threshold=threshold,
        missing_left=missing_left,
        value=condition.astype(np.float64) * (tree.weight * factor),
        cover=np.asarray(tree.cover, np.float64),
    )


def _just_below(condition: NDArray[np.float32]) -> Floats:
    return np.nextafter(condition, np.float32(-np.inf)).astype(np.float64)
