"""LightGBM's text model file (version 4): refused unless it is whole and its trees are trees.

Layout as written by gbdt_model_text.cpp and tree.cpp: ``key=value`` lines, one block per tree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from explain.formats.checks.plain import Part
from explain.formats.checks.structure import (
    MOST_CLASSES,
    MOST_COLUMNS,
    MOST_NODES,
    MOST_TREES,
    is_one_tree,
)
from explain.refusals import Malformed

WHAT: Final = "LightGBM model"
CATEGORICAL, DEFAULT_LEFT = 1, 2
MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Tree:
    """Children below zero are leaves: ~child. kind: decision_type's bits. sets: the categories that
    go left, by inner node. rows: of the training data, through each inner node and then into each
    leaf; empty where the file does not say."""

    group: int
    left: Sequence[int]
    right: Sequence[int]
    column: Sequence[int]
    threshold: Sequence[float]
    kind: Sequence[int]
    leaf: Sequence[float]
    linear: bool
    sets: dict[int, tuple[int, ...]]
    rows: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Ensemble:
    """objective: its name and options, as written. average: the trees are averaged (random forest).

    categories: of a model trained on a DataFrame, the values of each categorical column, in order.
    """

    objective: str
    groups: int
    names: tuple[str, ...]
    trees: tuple[Tree, ...]
    average: bool
    categories: tuple[tuple[Any, ...], ...]

    @property
    def categorical_columns(self) -> list[int]:
        """The columns some tree asks for a category, ascending."""
        return sorted({t.column[node] for t in self.trees for node in t.sets})


def check(content: bytes) -> Ensemble:
    """What the file says. Raises Malformed."""
    text = _text(content)
    head, *blocks = text.split("\nTree=")
    if not head.startswith("tree\n"):
        raise Malformed(WHAT, "its first line is not 'tree'.")
    if "\nend of trees\n" not in (blocks[-1] if blocks else head):
        raise Malformed(WHAT, "it ends before its trees do.")
    said = _lines(head, "")
    if said.value.get("version") not in ("v3", "v4"):
        raise said.fail("its version is neither v3 nor v4.")
    columns = said["max_feature_idx"].number(0, MOST_COLUMNS - 1) + 1
    groups = said["num_tree_per_iteration"].number(1, MOST_CLASSES)
    said["num_class"].number(1, MOST_CLASSES)
    names = tuple(said["feature_names"].text().split(" "))
    if len(names) != columns or len(said["feature_infos"].text().split(" ")) != columns:
        raise said.fail(f"there are not {columns} features.")
    if len(blocks) > MOST_TREES or len(blocks) % groups:
        raise said.fail(f"{len(blocks):,} trees are too many, or belong to no class.")
    _check_sizes(said, text, len(blocks))
    trees = tuple(_tree(at, block, at % groups, columns) for at, block in enumerate(blocks))
    if sum(len(tree.leaf) for tree in trees) > MOST_NODES:
        raise said.fail(f"there are more than {MOST_NODES:,} leaves.")
    average = "average_output" in head.splitlines()
    objective = str(said.value.get("objective", ""))
    return Ensemble(objective, groups, names, trees, average, _categories(text))


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise Malformed(WHAT, "it is a text file, and this is not one.")
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Malformed(WHAT, "it is not UTF-8.") from None


def _lines(block: str, where: str) -> Part:
    found: dict[str, str] = {}
    for line in block.splitlines():
        name, sign, value = line.partition("=")
        if sign and name in found:
            raise Malformed(WHAT, f"'{name}' stands twice.", where)
        if sign:
            found[name] = value
    return Part(WHAT, found, where)


def _check_sizes(said: Part, text: str, trees: int) -> None:
    """tree_sizes says where each tree begins; the library jumps there without looking."""
    if "tree_sizes" not in said.value:
        return
    sizes = _whole(said["tree_sizes"], None, 1, len(text))
    raw = text.encode()
    at = raw.find(b"\nTree=") + 1
    if len(sizes) != trees:
        raise said.fail(f"it names {len(sizes):,} trees and holds {trees:,}.")
    for number, size in enumerate(sizes):
        if not raw.startswith(b"Tree=%d\n" % number, at):
            raise said.fail(f"tree {number} is not where tree_sizes says.")
        at += size
    if trees and not raw.startswith(b"end of trees", at):
        raise said.fail("the trees do not end where tree_sizes says.")


def _tree(at: int, block: str, group: int, columns: int) -> Tree:
    where = f"/trees/{at}"
    said = _lines(block.split("\nend of trees\n")[0], where)
    leaves = said["num_leaves"].number(1, MOST_NODES)
    inner = leaves - 1
    linear = said.value.get("is_linear", "0") != "0"
    leaf = _real(said["leaf_value"], leaves)
    if not inner:
        return Tree(group, [], [], [], [], [], leaf, linear, {})
    left = _whole(said["left_child"], inner, -leaves, inner - 1)
    right = _whole(said["right_child"], inner, -leaves, inner - 1)
    is_one_tree(said, *_as_nodes(left, right, leaves))
    column = _whole(said["split_feature"], inner, 0, columns - 1)
    kind = _whole(said["decision_type"], inner, 0, 11)
    threshold = _real(said["threshold"], inner)
    sets = _sets(said, kind, threshold)
    return Tree(group, left, right, column, threshold, kind, leaf, linear, sets, _rows(said, inner))


def _rows(said: Part, inner: int) -> list[float]:
    through, into = said.get("internal_count"), said.get("leaf_count")
    if through is None or into is None:
        return []
    return _real(through, inner) + _real(into, inner + 1)


def _as_nodes(
    left: Sequence[int], right: Sequence[int], leaves: int
) -> tuple[list[int], list[int]]:
    """Children with leaf ~k written as node inner + k."""
    inner, none = len(left), [-1] * leaves
    moved = [[child if child >= 0 else inner + ~child for child in side] for side in (left, right)]
    return moved[0] + none, moved[1] + none


def _sets(
    said: Part, kind: Sequence[int], threshold: Sequence[float]
) -> dict[int, tuple[int, ...]]:
    """The categories of each categorical node: bit c of its words stands for category c."""
    count = said["num_cat"].number(0, len(kind))
    tested = [node for node, bits in enumerate(kind) if bits & CATEGORICAL]
    if not count:
        if tested:
            raise said.fail("a node tests categories and there are none.")
        return {}
    words = _whole(said["cat_threshold"], None, 0, 2**32 - 1)
    bounds = _whole(said["cat_boundaries"], count + 1, 0, len(words))
    if bounds[0] != 0 or bounds[-1] != len(words) or sorted(bounds) != list(bounds):
        raise said.fail("the categories are not where they should be.")
    found = {}
    for node in tested:
        place = int(threshold[node])
        if place != threshold[node] or not 0 <= place < count:
            raise said.fail(f"node {node} names no set of categories.")
        own = words[bounds[place] : bounds[place + 1]]
        found[node] = tuple(
            32 * at + bit for at, word in enumerate(own) for bit in range(32) if word >> bit & 1
        )
    return found


def _categories(text: str) -> tuple[tuple[Any, ...], ...]:
    line = next((x for x in reversed(text.splitlines()) if x.startswith("pandas_categorical:")), "")
    if not line:
        return ()
    try:
        value = orjson.loads(line.partition(":")[2])
    except orjson.JSONDecodeError:
        raise Malformed(WHAT, "it is not JSON.", "/pandas_categorical") from None
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, list) for one in value):
        raise Malformed(WHAT, "lists of categories should stand here.", "/pandas_categorical")
    return tuple(tuple(one) for one in value)


def _whole(part: Part, length: int | None, low: int, high: int) -> list[int]:
    try:
        found = [int(word) for word in part.text().split()]
    except ValueError:
        raise part.fail("whole numbers should stand here.") from None
    if length is not None and len(found) != length:
        raise part.fail(f"{len(found):,} numbers stand here where {length:,} should.")
    if found and not (low <= min(found) and max(found) <= high):
        raise part.fail(f"a number is not between {low:,} and {high:,}.")
    return found


def _real(part: Part, length: int) -> list[float]:
    try:
        found = [float(word) for word in part.text().split()]
    except ValueError:
        raise part.fail("numbers should stand here.") from None
    if len(found) != length:
        raise part.fail(f"{len(found):,} numbers stand here where {length:,} should.")
    if not all(map(math.isfinite, found)):
        raise part.fail("every number should be finite.")
    return found


def examine(content: bytes, rules: object) -> None:
    """The door's question; see ``explain.formats.registry``."""
    check(content)
