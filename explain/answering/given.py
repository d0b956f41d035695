"""The answer to one question, before it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Given:
    """state: ready with its ``content``, or refused or failed with a sentence. duration_ms: the share of its batch."""

    state: Literal["ready", "refused", "failed"]
    detail: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    duration_ms: float | None = None

    def timed(self, milliseconds: float) -> Given:
        return replace(self, duration_ms=milliseconds)
