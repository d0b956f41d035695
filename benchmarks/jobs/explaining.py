"""Explaining: the follower's whole path, and the kernel alone on the same decisions."""

from __future__ import annotations

import time

from django.db import connection

from audit.queries import payloads
from explain import explanations
from explain.computation import Finished, compute
from explain.engines import engine
from explain.models import Profile
from governance.demo.decisions import MODEL_REF


def follow() -> dict[str, float]:
    """Read the log and explain all that is due: claimed, computed, stored with its line."""
    begun = time.perf_counter()
    while explanations.feed():
        continue
    explained = 0
    while number := explanations.follow():
        explained += number
    return {"explained": explained, "seconds": time.perf_counter() - begun}


def kernel(newest: int) -> dict[str, float]:
    """Compute the newest decisions again in batches as the follower's, and keep nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry_id FROM explain_explanation ORDER BY entry_id DESC LIMIT %s", [newest]
        )
        ids = [row[0] for row in cursor]
    tasks = [explanations.task(one) for one in payloads(ids)]
    ready = engine(Profile.objects.get(model_ref=MODEL_REF))
    begun = time.perf_counter()
    done = []
    for start in range(0, len(tasks), 256):
        done += compute(ready, tasks[start : start + 256])
    seconds = time.perf_counter() - begun
    if not all(isinstance(one, Finished) for one in done):
        raise RuntimeError(f"Not every decision could be explained: {done[:3]}")
    return {"explained": len(done), "seconds": seconds}


def some(entries: int) -> None:
    """Explain the decisions among the first ``entries`` of the log, and no others."""
    explanations.feed(entries)
    while explanations.follow():
        continue
