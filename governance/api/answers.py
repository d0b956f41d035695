"""Frozen dataclasses as JSON answers, and their schema for OpenAPI."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson


def plain(answer: object) -> Any:
    """``answer`` as JSON values: times RFC 3339 UTC with Z, UUIDs as strings, tuples as lists."""
    return orjson.loads(orjson.dumps(answer, option=orjson.OPT_UTC_Z, default=str))


def answer_schema(kind: type) -> dict[str, Any]:
    """The JSON Schema of a dataclass, with its parts written out in place."""
    schema = msgspec.json.schema(kind)
    inlined: dict[str, Any] = inline(schema, schema.get("$defs", {}))
    return inlined


def inline(node: Any, parts: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [inline(item, parts) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return inline(parts[node["$ref"].rpartition("/")[2]], parts)
    return {key: inline(value, parts) for key, value in node.items() if key != "$defs"}
