"""scikit-learn's tree ensembles, read from the fitted estimators.

Our own reader, because the usual one narrows thresholds to float32, which is wrong for
HistGradientBoosting (its trees compare in float64) and moves rows across splits.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from explain.attribution.contract import Floats, OutputSpace
from explain.attribution.histogram import Histogram, Set, sets_of
from explain.attribution.margins import sign
from explain.attribution.trees import Forest, Tree, read
from explain.refusals import Unsupported

# Losses of HistGradientBoostingRegressor whose trees add up the logarithm of the prediction.
LOGARITHMIC = ("poisson", "gamma")


@read.register
def _(estimator: GradientBoostingClassifier, position: int) -> Forest:
    # With the exponential loss predict_proba is expit(2 * decision_function).
    scale = 2.0 if estimator.loss == "exponential" else 1.0
    if len(estimator.classes_) > 2:
        members = (member.tree_ for member in estimator.estimators_[:, position])
        rate = estimator.learning_rate
        return Forest(_trees(members, lambda tree: tree.value[:, 0, 0] * rate), "margin", True)
    factor = scale * sign(position) * estimator.learning_rate
    members = (member.tree_ for member in estimator.estimators_[:, 0])
    trees = _trees(members, lambda tree: tree.value[:, 0, 0] * factor)
    return Forest(trees, "log-odds", True, scale)


@read.register
def _(estimator: GradientBoostingRegressor, position: int) -> Forest:
    members = (member.tree_ for member in estimator.estimators_[:, 0])
    rate = estimator.learning_rate
    return Forest(_trees(members, lambda tree: tree.value[:, 0, 0] * rate), "prediction", True)


@read.register
def _(estimator: HistGradientBoostingClassifier, position: int) -> Forest:
    return _of_classifier(estimator, position, {})


@read.register
def _(estimator: HistGradientBoostingRegressor, position: int) -> Forest:
    return _of_regressor(estimator, {})


@read.register(RandomForestClassifier)
@read.register(ExtraTreesClassifier)
def _(estimator: Any, position: int) -> Forest:
    members = [member.tree_ for member in estimator.estimators_]
    share = 1.0 / len(members)
    return Forest(_trees(members, lambda tree: _share(tree, position) * share), "probability", True)


@read.register(RandomForestRegressor)
@read.register(ExtraTreesRegressor)
def _(estimator: Any, position: int) -> Forest:
    members = [member.tree_ for member in estimator.estimators_]
    share = 1.0 / len(members)
    return Forest(_trees(members, lambda tree: tree.value[:, 0, 0] * share), "prediction", True)


@read.register
def _(estimator: DecisionTreeClassifier, position: int) -> Forest:
    trees = _trees([estimator.tree_], lambda tree: _share(tree, position))
    return Forest(trees, "probability", True)


@read.register
def _(estimator: DecisionTreeRegressor, position: int) -> Forest:
    return Forest(_trees([estimator.tree_], lambda tree: tree.value[:, 0, 0]), "prediction", True)


@read.register
def _(estimator: IsolationForest, position: int) -> Forest:
    raise Unsupported("An IsolationForest gives neither a probability nor a prediction.")


def _trees(members: Iterable[Any], value: Callable[[Any], Floats]) -> tuple[Tree, ...]:
    return tuple(
        Tree(
            left=tree.children_left.astype(np.int64),
            right=tree.children_right.astype(np.int64),
            column=tree.feature.astype(np.int64),
            threshold=tree.threshold.astype(np.float64),
            missing_left=tree.missing_go_to_left.astype(np.bool_),
            value=np.asarray(value(tree), dtype=np.float64),
            cover=np.asarray(tree.weighted_n_node_samples, dtype=np.float64),
        )
        for tree in members
    )


def _share(tree: Any, position: int) -> Floats:
    """Return the share of the class at `position` at each node."""
    counts = np.asarray(tree.value[:, 0, :], dtype=np.float64)
    return np.asarray(counts[:, position] / counts.sum(axis=1))


@read.register
def _(estimator: Histogram, position: int) -> Forest:
    if isinstance(estimator.estimator, HistGradientBoostingRegressor):
        return _of_regressor(estimator.estimator, estimator.place)
    return _of_classifier(estimator.estimator, position, estimator.place)


def _of_classifier(estimator: Any, position: int, place: Mapping[Set, int]) -> Forest:
    if len(estimator.classes_) > 2:
        return _histogram_forest(estimator, position, 1.0, "margin", place)
    return _histogram_forest(estimator, 0, sign(position), "log-odds", place)


def _of_regressor(estimator: Any, place: Mapping[Set, int]) -> Forest:
    space: OutputSpace = "log-prediction" if estimator.loss in LOGARITHMIC else "prediction"
    return _histogram_forest(estimator, 0, 1.0, space, place)


def _histogram_forest(
    estimator: Any, group: int, factor: float, space: OutputSpace, place: Mapping[Set, int]
) -> Forest:
    # scikit-learn gives no public access to these trees; the check against the model's own
    # output in `explain.attribution.assembly` notices if their layout changes.
    predictors = [stage[group] for stage in estimator._predictors]
    trees = tuple(_histogram_tree(one, factor, place) for one in predictors)
    return Forest(trees, space, False)


def _histogram_tree(predictor: Any, factor: float, place: Mapping[Set, int]) -> Tree:
    """A node that tests categories asks the column made for them: members, which are 0, go left."""
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(np.bool_)
    column, threshold = nodes["feature_idx"].astype(np.int64), nodes["num_threshold"].copy()
    for node, members in sets_of(predictor).items():
        column[node], threshold[node] = place[members], 0.5
    return Tree(
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        column=column,
        threshold=threshold.astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        value=nodes["value"].astype(np.float64) * factor,
        cover=nodes["count"].astype(np.float64),
    )
