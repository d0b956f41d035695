"""XGBoost's model file (JSON or UBJSON, since release 1.6): refused unless it is whole and its trees are trees.

Layout: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html and the schema beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from explain.formats.checks import ubj
from explain.formats.checks.plain import Part, Real, Whole, parse
from explain.formats.checks.structure import (
    MOST_CLASSES,
    MOST_COLUMNS,
    MOST_NODES,
    MOST_TREES,
    is_one_tree,
)
from explain.refusals import Malformed

WHAT: Final = "XGBoost model"
MOST_CATEGORIES = 1 << 20
# What stands for the column of a node that was pruned, and for the parent of the root.
DELETED: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Tree:
    """group: the class, or output, it adds to; weight: by which (dart). Arrays have one entry per node.

    sets: for a node that tests a category, the categories that go right.
    """

    group: int
    weight: float
    left: Whole
    right: Whole
    column: Whole
    condition: Real
    default_left: Whole
    cover: Real
    sets: dict[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """groups: how many margins a row gets. linear: a gblinear model, which has no trees.

    categories: by column, the values of a category in the order of their numbers, where they are told.
    """

    objective: str
    groups: int
    columns: int
    names: tuple[str, ...]
    trees: tuple[Tree, ...]
    linear: bool
    categories: dict[int, tuple[str | int | float, ...]]


def check(content: bytes) -> Ensemble:
    """What the file says. Raises Malformed."""
    return describe(decode(content))


def decode(content: bytes) -> Any:
    """The file as plain values. JSON and UBJSON both begin with a brace; what follows tells them apart."""
    if content[:1] != b"{":
        raise Malformed(
            WHAT, "neither JSON nor UBJSON begins like this; save it with save_model('….ubj')."
        )
    if content[1:].lstrip(b" \t\r\n")[:1] in (b'"', b"}"):
        return parse(content, WHAT).value
    return ubj.parse(content)


def describe(document: Any) -> Ensemble:
    learner = Part(WHAT, document)["learner"]
    shape = learner["learner_model_param"]
    columns = shape["num_feature"].number(1, MOST_COLUMNS)
    classes = shape["num_class"].number(0, MOST_CLASSES)
    targets = Part(WHAT, int(shape.value.get("num_target", 1))).number(1, MOST_CLASSES)
    groups = max(classes, targets, 1)
    booster = learner["gradient_booster"]
    name = booster["name"].text()
    if name not in ("gbtree", "dart", "gblinear"):
        raise booster.fail(f"'{name}' is no booster.")
    trees = () if name == "gblinear" else _trees(booster, name, groups, columns)
    if name == "gblinear":
        booster["model"]["weights"].real((columns + 1) * groups)
    names = learner.get("feature_names")
    return Ensemble(
        objective=learner["objective"]["name"].text(),
        groups=groups,
        columns=columns,
        names=tuple(part.text() for part in names.parts(most=columns)) if names else (),
        trees=trees,
        linear=name == "gblinear",
        categories=_categories(booster, name),
    )


def _categories(booster: Part, name: str) -> dict[int, tuple[str | int | float, ...]]:
    """What a model trained on a DataFrame remembers of its category columns: texts end to end with
    their offsets, or numbers."""
    model = (booster.get("gbtree") if name == "dart" else booster) or booster
    kept = model["model"].get("cats")
    listed = kept.get("enc") if kept else None
    found: dict[int, tuple[str | int | float, ...]] = {}
    for at, part in enumerate(listed.parts(most=MOST_COLUMNS) if listed else []):
        values = part["values"].value
        offsets = part.get("offsets")
        if offsets is None:
            found[at] = tuple(values)
        elif len(offsets.value) > 1:
            found[at] = _texts(part, offsets.whole(len(offsets.value), 0, len(values)), values)
    return {at: values for at, values in found.items() if values}


def _texts(part: Part, offsets: Whole, values: Whole) -> tuple[str, ...]:
    raw = bytes(value & 255 for value in values)
    if sorted(offsets) != list(offsets):
        raise part.fail("its categories are not in order.")
    try:
        return tuple(raw[a:b].decode() for a, b in pairwise(offsets))
    except UnicodeDecodeError:
        raise part.fail("a category is not UTF-8.") from None


def _trees(booster: Part, name: str, groups: int, columns: int) -> tuple[Tree, ...]:
    model = (booster["gbtree"] if name == "dart" else booster)["model"]
    listed = model["trees"].parts(most=MOST_TREES)
    model["gbtree_model_param"]["num_trees"].number(len(listed), len(listed))
    group = model["tree_info"].whole(len(listed), 0, groups - 1)
    rounds = model.get("iteration_indptr")
    if rounds is not None:
        _ascends(rounds, len(listed))
    weights = booster["weight_drop"].real(len(listed)) if name == "dart" else [1.0] * len(listed)
    trees = tuple(_tree(part, group[at], weights[at], columns) for at, part in enumerate(listed))
    if sum(len(tree.left) for tree in trees) > MOST_NODES:
        raise model.fail(f"there are more than {MOST_NODES:,} nodes.")
    return trees


def _ascends(rounds: Part, trees: int) -> None:
    if not rounds.value:
        return
    values = rounds.whole(len(rounds.value), 0, trees)
    if values[0] != 0 or values[-1] != trees or any(b < a for a, b in pairwise(values)):
        raise rounds.fail("the rounds are not in order.")


def _tree(part: Part, group: int, weight: float, columns: int) -> Tree:
    size = part["tree_param"]["num_nodes"].number(1, MOST_NODES)
    vector = part["tree_param"].get("size_leaf_vector")
    if vector is not None:
        vector.number(0, 1)
    left = part["left_children"].whole(size, -1, size - 1)
    right = part["right_children"].whole(size, -1, size - 1)
    part["parents"].whole(size, -1, DELETED)
    part["base_weights"].real(size)
    part["loss_changes"].real(size)
    deleted = part["tree_param"].get("num_deleted")
    is_one_tree(part, left, right, deleted.number(0, size - 1) if deleted else 0)
    column = part["split_indices"].whole(size, 0, DELETED)
    if any(at >= columns for at, child in zip(column, left, strict=True) if child >= 0):
        raise part["split_indices"].fail(f"a node tests a column beyond {columns}.")
    return Tree(
        group=group,
        weight=weight,
        left=left,
        right=right,
        column=column,
        condition=part["split_conditions"].real(size),
        default_left=part["default_left"].whole(size, 0, 1),
        cover=part["sum_hessian"].real(size),
        sets=_sets(part, size),
    )


def _sets(part: Part, size: int) -> dict[int, tuple[int, ...]]:
    kinds = part.get("split_type")
    if kinds is None or not any(kinds.whole(size, 0, 1)):
        return {}
    values = part["categories"].whole(len(part["categories"].value), 0, MOST_CATEGORIES)
    nodes = part["categories_nodes"].whole(sum(kinds.value), 0, size - 1)
    starts = part["categories_segments"].whole(len(nodes), 0, len(values))
    sizes = part["categories_sizes"].whole(len(nodes), 0, len(values))
    found = {}
    for node, start, count in zip(nodes, starts, sizes, strict=True):
        if start + count > len(values) or not kinds.value[node] or node in found:
            raise part.fail(f"the categories of node {node} are not where they should be.")
        found[node] = tuple(values[start : start + count])
    return found


def examine(content: bytes, rules: object) -> None:
    """The door's question; see ``explain.formats.registry``."""
    check(content)
