"""The shape of short lists: ``{"results": [...]}``."""

from __future__ import annotations

from typing import Any

from governance.api.answers import answer_schema


def many(kind: type) -> dict[str, Any]:
    """The JSON Schema of a short list of these dataclasses."""
    return {
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": answer_schema(kind)}},
    }
