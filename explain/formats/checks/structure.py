"""Is it a tree? Asked before a library that does not ask follows its links."""

from __future__ import annotations

from collections.abc import Sequence

from explain.formats.checks.plain import Part

MOST_TREES = 100_000
MOST_NODES = 1 << 22
MOST_COLUMNS = 100_000
MOST_CLASSES = 10_000
# Trees grown leaf by leaf can be as deep as they have leaves; ours are walked by recursion, too.
MOST_DEEP = 400


def is_one_tree(at: Part, left: Sequence[int], right: Sequence[int], loose: int = 0) -> None:
    """Refuse unless every node hangs below node 0, once: no cycles, nothing shared.

    left, right: children of each node, already known to lie in range; negative at leaves, in both.
    loose: how many nodes hang nowhere (XGBoost keeps the places of those it pruned).
    """
    depth = [-1] * len(left)
    depth[0] = 0
    waiting, reached = [0], 1
    while waiting:
        node = waiting.pop()
        if left[node] < 0 and right[node] < 0:
            continue
        if depth[node] >= MOST_DEEP:
            raise at.fail(f"the tree is deeper than {MOST_DEEP} levels.")
        for child in (left[node], right[node]):
            if child < 0:
                raise at.fail(f"node {node} has one child.")
            if depth[child] >= 0:
                raise at.fail(f"node {child} is reached twice.")
            depth[child] = depth[node] + 1
            reached += 1
            waiting.append(child)
    if reached + loose != len(left):
        raise at.fail(f"{len(left) - reached} nodes hang in no tree, and {loose} should.")
