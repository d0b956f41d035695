"""Compiling the kernels, and loading versions, before the first decision needs them.

numba compiles at the first call: seconds of work, a minute on a crowded machine. Done in the worker's parent before it
forks, it is done once, outside any task's time limit, and kept in NUMBA_CACHE_DIR for the next start. What the parent
holds its children share.
"""

from __future__ import annotations

import logging
import time

import numpy as np
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from sklearn.ensemble import GradientBoostingClassifier

from explain.attribution.assembly import build
from explain.attribution.contract import Choices
from explain.engines import engine, held
from explain.lime_batch.sample import LimeSample
from explain.models import Explanation, Profile
from explain.refusals import Refused, Unsupported

log = logging.getLogger(__name__)
ROWS = 40
# So many versions at most, the newest first; and no longer than this, for decisions are waiting.
VERSIONS = 50
SECONDS = 60.0
# Of several classes, all are made ready where there are no more than these.
CLASSES = 10


def warm_up() -> None:
    """Explain two rows of a tiny model, so that every kernel on a decision's way is compiled."""
    random = np.random.default_rng(0)
    rows = [{"a": float(a), "b": float(b)} for a, b in random.normal(size=(ROWS, 2))]
    truth = [int(row["a"] + row["b"] > 0) for row in rows]
    model = GradientBoostingClassifier(n_estimators=4, max_depth=3, random_state=0)
    model.fit([list(row.values()) for row in rows], truth)
    build(model, rows, ("a", "b"), 1, Choices(shapley="path-dependent"))
    explainer = build(model, rows, ("a", "b"), 1)
    explainer.explain(rows[:2])
    lime = LimeSample.build(explainer.score, rows, ("a", "b"), seed=0, n=50)
    lime.explain(rows[:2], explainer.score(rows[:2]))


def load_versions(seconds: float = SECONDS) -> int:
    """Make the newest versions that have decisions ready, while there is room and time. Returns how many.

    A version that cannot be loaded, or a database that is not there yet, is the tasks' affair: they say so at the
    decision.
    """
    until = time.monotonic() + seconds
    loaded = 0
    try:
        for profile in Profile.objects.order_by("-registered_at")[:VERSIONS]:
            if time.monotonic() > until or held() > settings.EXPLAIN_MEMORY_BYTES // 2:
                break
            if Explanation.objects.filter(model_ref=profile.model_ref).exists():
                loaded += _load(profile)
    except DatabaseError:
        log.warning("The versions in use could not be read; they are loaded when they are needed.")
    finally:
        _let_go()
    return loaded


def _let_go() -> None:
    """A child must not share its parent's connections, and has not the threads of its pool."""
    connections.close_all()
    for one in connections.all(initialized_only=True):
        if isinstance(one, DatabaseWrapper):
            one.close_pool()


def _load(profile: Profile) -> int:
    try:
        found = engine(profile)
        if found.specification.task == "multiclass" and len(found.classes()) <= CLASSES:
            for one in found.classes():
                found.output(one)
    except (Refused, Unsupported, ValueError) as refusal:
        log.warning("%s is not made ready: %s", profile.model_ref, refusal)
        return 0
    return 1
