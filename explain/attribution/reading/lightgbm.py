"""LightGBM's trees, read from its own model file. They compare in float64, as tree.h's NumericalDecision does."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explain.attribution.contract import OutputSpace
from explain.attribution.margins import sign
from explain.attribution.trees import Forest, Tree, read
from explain.formats.checks import lightgbm as file
from explain.formats.checks.lightgbm import DEFAULT_LEFT, MISSING_NONE
from explain.formats.lightgbm import EXPONENTIAL, LightGBMModel
from explain.refusals import Unsupported


@read.register
def _(estimator: LightGBMModel, position: int) -> Forest:
    ensemble = estimator.ensemble
    if any(tree.linear for tree in ensemble.trees):
        raise Unsupported(
            "LightGBM's linear trees give no constant at their leaves; they are not read as trees."
        )
    binary = ensemble.objective.split()[0] == "binary"
    group = position if ensemble.groups > 1 else 0
    factor = estimator.factor * (sign(position) if binary else 1.0)
    mine = [tree for tree in ensemble.trees if tree.group == group]
    place = {test: len(ensemble.names) + at for at, test in enumerate(estimator.sets)}
    trees = tuple(_tree(tree, place, factor) for tree in mine)
    return Forest(trees, _space(ensemble), narrow=False)


def _space(ensemble: file.Ensemble) -> OutputSpace:
    name = ensemble.objective.split()[0]
    if name == "binary":
        return "log-odds"
    if ensemble.groups > 1:
        return "margin"
    return "log-prediction" if name in EXPONENTIAL else "prediction"


def _tree(tree: file.Tree, place: dict[tuple[int, tuple[int, ...]], int], factor: float) -> Tree:
    """Inner nodes keep their numbers, leaf k becomes node inner + k.

    A node that tests a category asks one of the columns at the end: members, which are 0, go left, and
    missing values right. Where the training data had no missing value one counts as 0. Where zeros count
    as missing (zero_as_missing), the step before the model has made them so.
    """
    inner, leaves = len(tree.left), len(tree.leaf)
    left, right = (_children(side, inner, leaves) for side in (tree.left, tree.right))
    kind, threshold = np.asarray(tree.kind, np.int64), np.asarray(tree.threshold, np.float64)
    column = np.asarray(tree.column, np.int64)
    missing_left = np.where(kind >> 2 & 3 == MISSING_NONE, threshold >= 0, kind & DEFAULT_LEFT != 0)
    for node, members in tree.sets.items():
        column[node], threshold[node] = place[tree.column[node], members], 0.5
        missing_left[node] = False
    return Tree(
        left=left,
        right=right,
        column=np.concatenate([column, np.zeros(leaves, np.int64)]),
        threshold=np.concatenate([threshold, np.zeros(leaves)]),
        missing_left=np.concatenate([missing_left, np.zeros(leaves, np.bool_)]),
        value=np.concatenate([np.zeros(inner), np.asarray(tree.leaf, np.float64) * factor]),
        cover=np.asarray(tree.rows, np.float64) if tree.rows else None,
    )


def _children(side: Sequence[int], inner: int, leaves: int) -> NDArray[np.int64]:
    given = np.asarray(side, np.int64)
    moved = np.where(given < 0, inner + ~given, given)
    return np.concatenate([moved, np.full(leaves, -1, np.int64)])
