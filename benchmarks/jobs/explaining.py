"""Explaining a part of a log, so that there is something to read."""

from __future__ import annotations

from explain import explanations


def some(entries: int) -> None:
    """Explain the decisions among the first ``entries`` of the log, and no others."""
    explanations.feed(entries)
    while explanations.follow():
        continue
