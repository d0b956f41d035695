"""Tree ensembles read from the fitted scikit-learn estimator into plain arrays.

Our own reader, because the usual one narrows thresholds to float32, which is wrong for
HistGradientBoosting (its trees compare in float64) and moves rows across splits.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier

from explain.attribution.contract import Floats, OutputSpace
from explain.attribution.margins import sign
from explain.refusals import Unsupported

Integers = NDArray[np.int64]

# How far our reading of a model may stand from its own output before it is refused.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Tree:
    """One tree; node 0 is the root; arrays of one entry per node.

    left, right:  children, -1 at leaves.
    column:       the column a node tests (undefined at leaves).
    threshold:    a row goes left if its value <= threshold.
    missing_left: a row whose value is missing goes left.
    value:        what a leaf adds to the output (undefined elsewhere).
    cover:        the weight of the training rows that came by; None where the model does not say,
                  which leaves path-dependent values out of reach.
    """

    left: Integers
    right: Integers
    column: Integers
    threshold: Floats
    missing_left: NDArray[np.bool_]
    value: Floats
    cover: Floats | None = None


@dataclass(frozen=True)
class Forest:
    """The sum of its trees, up to a constant, is the output in `space`.

    narrow:    the model rounds its input to float32 before it compares.
    scale:     the model's log-odds are scale * decision_function.
    tolerance: how far the sum may stand from the model's own output, which may be of 32 bits.
    """

    trees: tuple[Tree, ...]
    space: OutputSpace
    narrow: bool
    scale: float = 1.0
    tolerance: float = TOLERANCE


@singledispatch
def read(estimator: Any, position: int) -> Forest:
    """Read a fitted estimator's trees for the class at `position` (0 or 1) of its classes.

    New kinds of ensemble are added with `read.register`. Raises Unsupported.
    """
    raise Unsupported(f"Models of the kind {type(estimator).__name__} are not explained so far.")


@read.register
def _(estimator: GradientBoostingClassifier, position: int) -> Forest:
    # With the exponential loss predict_proba is expit(2 * decision_function).
    scale = 2.0 if estimator.loss == "exponential" else 1.0
    factor = scale * sign(position) * estimator.learning_rate
    members = (member.tree_ for member in estimator.estimators_[:, 0])
    return Forest(
        _trees(members, lambda tree: tree.value[:, 0, 0] * factor), "log-odds", True, scale
    )


@read.register
def _(estimator: HistGradientBoostingClassifier, position: int) -> Forest:
    if estimator.is_categorical_ is not None and estimator.is_categorical_.any():
        raise Unsupported(
            "HistGradientBoosting with categorical columns of its own is not explained so far; "
            "encode them in the pipeline."
        )
    # scikit-learn gives no public access to these trees; the check against the model's own
    # output in `explain.attribution.assembly` notices if their layout changes.
    predictors = [stage[0].nodes for stage in estimator._predictors]
    factor = sign(position)
    return Forest(tuple(_histogram_tree(nodes, factor) for nodes in predictors), "log-odds", False)


@read.register(RandomForestClassifier)
@read.register(ExtraTreesClassifier)
def _(estimator: Any, position: int) -> Forest:
    members = [member.tree_ for member in estimator.estimators_]
    share = 1.0 / len(members)
    return Forest(_trees(members, lambda tree: _share(tree, position) * share), "probability", True)


@read.register
def _(estimator: DecisionTreeClassifier, position: int) -> Forest:
    trees = _trees([estimator.tree_], lambda tree: _share(tree, position))
    return Forest(trees, "probability", True)


def _trees(members: Iterable[Any], value: Callable[[Any], Floats]) -> tuple[Tree, ...]:
    return tuple(
        Tree(
            left=tree.children_left.astype(np.int64),
            right=tree.children_right.astype(np.int64),
            column=tree.feature.astype(np.int64),
            threshold=tree.threshold.astype(np.float64),
            missing_left=tree.missing_go_to_left.astype(np.bool_),
            value=np.asarray(value(tree), dtype=np.float64),
        )
        for tree in members
    )


def _share(tree: Any, position: int) -> Floats:
    """Return the share of the class at `position` at each node."""
    counts = np.asarray(tree.value[:, 0, :], dtype=np.float64)
    return np.asarray(counts[:, position] / counts.sum(axis=1))


def _histogram_tree(nodes: Any, factor: float) -> Tree:
    leaf = nodes["is_leaf"].astype(np.bool_)
    return Tree(
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        column=nodes["feature_idx"].astype(np.int64),
        threshold=nodes["num_threshold"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        value=nodes["value"].astype(np.float64) * factor,
    )
