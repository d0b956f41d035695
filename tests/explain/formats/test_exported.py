"""CatBoost's trees as its library writes them out, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest

from explain.formats import catboost, exported
from explain.formats.checks.catboost import WHAT
from explain.formats.exported import Made, trees_of
from explain.refusals import Malformed, Unsupported
from tests.explain.formats.made import RULES, made

NUMBER = {"split_type": "FloatFeature", "float_feature_index": 0, "border": 1.5, "split_index": 0}
CATEGORY = {"split_type": "OneHotFeature", "cat_feature_index": 0, "value": 7, "split_index": 1}
BOTH = {"split_type": "OnlineCtr", "border": 3, "split_index": 2}


def written(tree: dict[str, Any], kind: str = "oblivious_trees") -> bytes:
    features = {
        "float_features": [
            {"feature_index": 0, "flat_feature_index": 1, "borders": [1.5], "nan_value_treatment": "AsTrue"}
        ],
        "categorical_features": [{"feature_index": 0, "flat_feature_index": 0, "values": [7]}],
        "ctrs": [
            {
                "borders": [3],
                "elements": [
                    {"cat_feature_index": 0, "combination_element": "cat_feature_value"},
                    {"float_feature_index": 0, "combination_element": "float_feature"},
                ],
            }
        ],
    }  # fmt: skip
    return orjson.dumps({"features_info": features, "scale_and_bias": [2, [0]], kind: [tree]})


def test_a_leafs_number_holds_the_answers_from_the_lowest_bit() -> None:
    said = trees_of(written({"splits": [NUMBER, CATEGORY], "leaf_values": [0, 1, 2, 3]}), 2)
    (tree,) = said.trees
    assert (said.made, said.scale) == ((Made(column=0, tree=0, bit=1),), 2.0)
    assert tree.column[:3].tolist() == [1, 2, 2]
    assert tree.threshold[:3].tolist() == [1.5, 0.5, 0.5]
    assert tree.missing_left[:3].tolist() == [False, True, True]
    # Left, left is 00; left, then right at the second test is 10, which is 2.
    assert tree.values[3:, 0].tolist() == [0, 2, 1, 3]


def test_a_tree_without_tests_is_a_leaf() -> None:
    (tree,) = trees_of(written({"leaf_values": [4.5, 1.0]}), 2).trees
    assert (tree.left.tolist(), tree.values.tolist()) == ([-1], [[4.5, 1.0]])


def test_trees_of_any_shape() -> None:
    inner = {"split": NUMBER, "left": {"value": 1}, "right": {"value": 2}}
    (tree,) = trees_of(
        written({"split": NUMBER, "left": inner, "right": {"value": 3}}, "trees"), 2
    ).trees
    assert tree.left.tolist() == [1, 3, -1, -1, -1]
    assert tree.right.tolist() == [2, 4, -1, -1, -1]
    assert tree.values[2:, 0].tolist() == [3, 1, 2]


@pytest.mark.parametrize(
    ("tree", "kind", "words"),
    [
        ({"splits": [BOTH], "leaf_values": [0, 1]}, "oblivious_trees", "several features together"),
        (
            {"split": CATEGORY, "left": {"value": 0}, "right": {"value": 1}},
            "trees",
            "not symmetric",
        ),
    ],
)
def test_what_has_no_one_feature_is_not_read(tree: dict[str, Any], kind: str, words: str) -> None:
    with pytest.raises(Unsupported, match=words):
        trees_of(written(tree, kind), 2)


@pytest.mark.parametrize(
    "tree", [{"splits": [NUMBER], "leaf_values": [1, 2, 3]}, {"splits": [{}]}, {"splits": 3}]
)
def test_trees_that_are_none_are_refused(
    tree: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catboost, "export", lambda _: written(tree))
    with pytest.raises(Malformed, match=f"readable {WHAT}: its trees are none"):
        catboost.load(made("catboost", "wine").content, RULES)


def test_the_library_writes_what_is_read() -> None:
    one = made("catboost", "diabetes")
    core = catboost.load(one.content, RULES).core
    said = trees_of(exported.export(core), one.rows.shape[1])
    assert len(said.trees) == 12
    assert np.isfinite(np.concatenate([tree.values for tree in said.trees])).all()
