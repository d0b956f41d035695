"""Are the trees inside a scikit-learn model trees? Its compiled code follows their links without asking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.tree._tree import Tree

from explain.refusals import Malformed

WHAT = "scikit-learn model"


def check(model: Any) -> None:
    """Raises Malformed where a child, or a column, of some tree lies outside it."""
    for part in _parts(model):
        if isinstance(part, Tree):
            left, right, column = part.children_left, part.children_right, part.feature
            _check(left, right, column, left < 0, part.n_features)
        elif isinstance(part, TreePredictor):
            nodes = part.nodes
            if nodes.dtype.names is None or "is_leaf" not in nodes.dtype.names:
                raise Malformed(WHAT, "a tree has no nodes.")
            leaf = nodes["is_leaf"].astype(bool)
            _check(nodes["left"], nodes["right"], nodes["feature_idx"], leaf, None)
            _check_categories(part, nodes, leaf)


def _check(left: Any, right: Any, column: Any, leaf: Any, columns: int | None) -> None:
    """Children come after their parents, always; so one that does is in no circle."""
    at = np.arange(len(left))
    for side in (left.astype(np.int64), right.astype(np.int64)):
        if not (leaf | ((side > at) & (side < len(left)))).all():
            raise Malformed(WHAT, "a node of a tree leads nowhere, or back.")
    tested = column[~leaf].astype(np.int64)
    if len(tested) and (tested.min() < 0 or (columns is not None and tested.max() >= columns)):
        raise Malformed(WHAT, "a tree tests a column that is not there.")


def _check_categories(part: Any, nodes: Any, leaf: Any) -> None:
    tested = ~leaf & nodes["is_categorical"].astype(bool)
    if tested.any() and nodes["bitset_idx"][tested].max() >= len(part.raw_left_cat_bitsets):
        raise Malformed(WHAT, "a tree tests categories that are not there.")


def _parts(model: Any) -> Iterator[Any]:
    """Everything a model holds, once each."""
    waiting, seen = [model], set[int]()
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, str | bytes | int | float | type(None)):
            continue
        seen.add(id(found))
        yield found
        if isinstance(found, dict):
            waiting += found.values()
        elif isinstance(found, list | tuple | set):
            waiting += found
        elif isinstance(found, np.ndarray):
            waiting += found.ravel().tolist() if found.dtype == object else ()
        else:
            waiting += getattr(found, "__dict__", {}).values()
