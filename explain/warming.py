"""Compiling the kernels before the first decision needs them.

numba compiles at the first call: seconds of work, a minute on a crowded machine. Done in the worker's parent before it
forks, it is done once, outside any task's time limit, and kept in NUMBA_CACHE_DIR for the next start.
"""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from explain.attribution.assembly import build
from explain.lime_batch.sample import LimeSample

ROWS = 40


def warm_up() -> None:
    """Explain two rows of a tiny model, so that every kernel on a decision's way is compiled."""
    random = np.random.default_rng(0)
    rows = [{"a": float(a), "b": float(b)} for a, b in random.normal(size=(ROWS, 2))]
    truth = [int(row["a"] + row["b"] > 0) for row in rows]
    model = GradientBoostingClassifier(n_estimators=4, max_depth=3, random_state=0)
    model.fit([list(row.values()) for row in rows], truth)
    explainer = build(model, rows, ("a", "b"), 1)
    explainer.explain(rows[:2])
    lime = LimeSample.build(explainer.probability, rows, ("a", "b"), seed=0, n=50)
    lime.explain(rows[:2], explainer.probability(rows[:2]))
