"""What a refusal must look like, and what must not have changed after one."""

from __future__ import annotations

import json
from typing import Any

from tests.journeys.world import Answer, World

DECISIONS = "/api/v1/decisions"
BULK = f"{DECISIONS}/bulk"
NDJSON = {"Content-Type": "application/x-ndjson"}

_RECORDED = """
    SELECT (SELECT count(*) FROM audit_claim), (SELECT count(*) FROM audit_subject), count(*)
      FROM audit_entry WHERE convert_from(header, 'UTF8')::json->>'kind' IN ('decision', 'outcome')"""


def raw(said: Any) -> bytes:
    return json.dumps(said).encode()


def recorded(world: World) -> list[tuple[Any, ...]]:
    """How many claims, subjects, and entries of callers there are."""
    return world.rows(_RECORDED)


def problem(answer: Answer, status: int, *flaws: tuple[str, str]) -> dict[str, Any]:
    """The answer is this problem (RFC 9457), with these (pointer, code) and no others."""
    assert answer.status == status, answer.body[:500]
    assert answer.is_problem
    said: dict[str, Any] = answer.json
    assert said.keys() >= {"type", "title", "status", "detail", "instance", "trace_id"}
    assert said["status"] == status
    assert said["type"].startswith("/problems/")
    if flaws:
        assert [(one["pointer"], one["code"]) for one in said["errors"]] == list(flaws)
        assert all(one["detail"] for one in said["errors"])
    return said
