"""CatBoost's trees, as the library itself writes them out in JSON, put into plain arrays.

A test of a category (one value against the rest, or a statistic of the category) is known by where its
answer can be read: the library tells which leaf of a symmetric tree a row falls into, and the bits of that
leaf's number are the answers to the tree's tests. So no hash and no table of the library is computed again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from explain.formats.contract import Floats
from explain.refusals import Unsupported

Ints = NDArray[np.int64]
FLOAT: Final = "FloatFeature"


@dataclass(frozen=True)
class Made:
    """A test of a category. column: whose; the answer is bit ``bit`` of the leaf's number in tree ``tree``."""

    column: int
    tree: int
    bit: int


@dataclass(frozen=True)
class Tree:
    """As ``explain.attribution.trees.Tree``, but values are (nodes, outputs), and a column from ``Trees.width``
    on is the answer to a test in ``Trees.made``, 0.0 or 1.0."""

    left: Ints
    right: Ints
    column: Ints
    threshold: Floats
    missing_left: NDArray[np.bool_]
    values: Floats


@dataclass(frozen=True)
class Trees:
    """Their sum times scale, plus bias, is the margin. width: the columns the model takes itself."""

    trees: tuple[Tree, ...]
    width: int
    made: tuple[Made, ...]
    scale: float


def export(core: Any) -> bytes:
    """The model as JSON. The library writes it to a named file only; this one has a name and stands in no folder."""
    handle = os.memfd_create("model.json")
    with os.fdopen(handle, "r+b") as held:
        core.save_model(f"/proc/self/fd/{handle}", format="json")
        held.seek(0)
        return held.read()


def trees_of(content: bytes, width: int) -> Trees:
    """Read what ``export`` wrote. Raises Unsupported where a test asks about several features together."""
    said = orjson.loads(content)
    book = _Book(said["features_info"], width)
    listed = said.get("oblivious_trees")
    if listed is not None:
        trees = tuple(_symmetric(one, at, book) for at, one in enumerate(listed))
    else:
        trees = tuple(_free(one, book) for one in said["trees"])
    return Trees(trees, width, tuple(book.made), float(said["scale_and_bias"][0]))


class _Book:
    """Which column each test of the model asks about."""

    def __init__(self, features: Mapping[str, Any], width: int) -> None:
        floats = features.get("float_features", [])
        self.width = width
        self.place = {one["feature_index"]: one["flat_feature_index"] for one in floats}
        self.missing_left = {
            one["feature_index"]: one["nan_value_treatment"] != "AsTrue" for one in floats
        }
        self.made: list[Made] = []
        self._known: dict[int, int] = {}
        self._owners = _owners(features, floats)

    def number(self, split: Mapping[str, Any]) -> tuple[int, float, bool]:
        """Column, threshold, and whether a missing value goes left, of a test of a number."""
        feature = split["float_feature_index"]
        return self.place[feature], float(np.float32(split["border"])), self.missing_left[feature]

    def category(self, split: Mapping[str, Any], tree: int, bit: int) -> tuple[int, float, bool]:
        """The same of a test of a category: of the column made for it."""
        number = split["split_index"]
        if number not in self._known:
            owners = self._owners(number)
            if len(owners) != 1:
                raise Unsupported("CatBoost tests several features together in this model.")
            self._known[number] = self.width + len(self.made)
            self.made.append(Made(owners.pop(), tree, bit))
        return self._known[number], 0.5, True


def _owners(features: Mapping[str, Any], floats: Sequence[Mapping[str, Any]]) -> Any:
    """Tests are numbered through: borders of numbers, values of categories, borders of statistics."""
    texts = {
        one["feature_index"]: one["flat_feature_index"]
        for one in features.get("categorical_features", [])
    }
    numbers = {one["feature_index"]: one["flat_feature_index"] for one in floats}
    groups: list[tuple[int, set[int]]] = []
    groups += [(len(one["borders"] or ()), {one["flat_feature_index"]}) for one in floats]
    groups += [
        (len(one.get("values") or ()), {one["flat_feature_index"]})
        for one in features.get("categorical_features", [])
    ]
    groups += [
        (len(one["borders"]), set(_elements(one["elements"], texts, numbers)))
        for one in features.get("ctrs", [])
    ]
    ends = list(accumulate(count for count, _ in groups))

    def owners(number: int) -> set[int]:
        at = int(np.searchsorted(ends, number, side="right"))
        return set(groups[at][1]) if at < len(groups) else set()

    return owners


def _elements(
    elements: Sequence[Mapping[str, Any]], texts: Mapping[int, int], numbers: Mapping[int, int]
) -> Iterator[int]:
    for one in elements:
        if "cat_feature_index" in one:
            yield texts[one["cat_feature_index"]]
        else:
            yield numbers[one["float_feature_index"]]


def _symmetric(tree: Mapping[str, Any], at: int, book: _Book) -> Tree:
    """Level l of the tree asks test l; the answers, as bits from the lowest, are the leaf's number."""
    splits = tree.get("splits") or []
    depth = len(splits)
    told = [
        book.number(split) if split["split_type"] == FLOAT else book.category(split, at, bit)
        for bit, split in enumerate(splits)
    ]
    inner = (1 << depth) - 1
    nodes = np.arange(inner, dtype=np.int64)
    level = np.repeat(np.arange(depth), 1 << np.arange(depth))
    leaves = np.full(inner + 1, -1, dtype=np.int64)
    # Going down, a path's answers are read from the highest bit; the leaf's number wants the reverse.
    path = np.arange(inner + 1)
    number = sum((path >> (depth - 1 - bit) & 1) << bit for bit in range(depth)) + 0 * path
    values = np.asarray(tree["leaf_values"], dtype=np.float64).reshape(inner + 1, -1)
    column, threshold, missing = (
        np.asarray([one[part] for one in told] or [0])[level] if depth else np.zeros(0)
        for part in range(3)
    )
    return Tree(
        left=np.concatenate([2 * nodes + 1, leaves]),
        right=np.concatenate([2 * nodes + 2, leaves]),
        column=np.concatenate([column, np.zeros(inner + 1)]).astype(np.int64),
        threshold=np.concatenate([threshold, np.zeros(inner + 1)]),
        missing_left=np.concatenate([missing, np.ones(inner + 1)]).astype(np.bool_),
        values=np.concatenate([np.zeros((inner, values.shape[1])), values[number]]),
    )


def _free(tree: Mapping[str, Any], book: _Book) -> Tree:
    """A tree of any shape, whose nodes hold their children."""
    nodes: list[Mapping[str, Any]] = [tree]
    left, right = [-1], [-1]
    tests: list[tuple[int, float, bool]] = []
    at = 0
    while at < len(nodes):
        node, test = nodes[at], (0, 0.0, True)
        if "split" in node:
            if node["split"]["split_type"] != FLOAT:
                raise Unsupported("CatBoost tests categories in trees that are not symmetric.")
            test = book.number(node["split"])
            left[at], right[at] = len(nodes), len(nodes) + 1
            nodes += [node["left"], node["right"]]
            left, right = [*left, -1, -1], [*right, -1, -1]
        tests.append(test)
        at += 1
    values = [np.atleast_1d(node.get("value", 0.0)) for node in nodes]
    outputs = max(map(len, values))
    return Tree(
        left=np.asarray(left, dtype=np.int64),
        right=np.asarray(right, dtype=np.int64),
        column=np.asarray([test[0] for test in tests], dtype=np.int64),
        threshold=np.asarray([test[1] for test in tests]),
        missing_left=np.asarray([test[2] for test in tests], dtype=np.bool_),
        values=np.stack([np.resize(value, outputs) for value in values]).astype(np.float64),
    )
