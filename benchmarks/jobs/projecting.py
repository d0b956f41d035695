"""Filling the read models, and making them again."""

from __future__ import annotations

import time

from audit import projections


def project() -> float:
    """Seconds to project all that is sequenced."""
    begun = time.perf_counter()
    projections.catch_up(seconds=3600)
    return time.perf_counter() - begun


def rebuild() -> float:
    """Seconds to make the read models again from the log, in place."""
    begun = time.perf_counter()
    projections.rebuild(lambda done, total: None)
    return time.perf_counter() - begun
