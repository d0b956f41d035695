"""Every view takes the parameters its description names, and refuses all others."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

NUMBER = "00000000-0000-7000-8000-000000000000"
PARTS = {"number": "1.0.0", "slug": "one", "decision_id": "one", "tile": "0/000", "size": "1"}


def described() -> list[tuple[str, frozenset[str]]]:
    """Addresses with their parts filled in, and the query parameters their descriptions name."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    found = []
    for path, item in schema["paths"].items():
        for operation in item.values():
            asked = operation.get("parameters", [])
            parts = {
                one["name"]: PARTS.get(one["name"], NUMBER) for one in asked if one["in"] == "path"
            }
            named = frozenset(one["name"] for one in asked if one["in"] == "query")
            found.append((path.format(**parts), named))
    return found


def test_a_view_takes_what_its_description_names() -> None:
    named: dict[str, set[str]] = {}
    for path, parameters in described():
        named.setdefault(path, set()).update(parameters)
    taken = {path: getattr(resolve(path).func, "cls", None) for path in named}
    assert len(taken) > 25
    assert {path: set(getattr(view, "parameters", ())) for path, view in taken.items()} == named


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("modle=credit-risk@1.0.0", "modle", "unknown_parameter"),
        ("limit=5&limit=6", "limit", "repeated_parameter"),
        ("limit=many", "limit", "parameter"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/decisions", "/api/v1/decisions/one/similar"])
def test_what_a_query_should_not_say(
    credit_key: str, path: str, query: str, pointer: str, code: str
) -> None:
    caller = APIClient()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {credit_key}")
    said = caller.get(f"{path}?{query}")
    assert said.status_code == 422, said.content
    assert said.headers["content-type"] == "application/problem+json"
    [error] = said.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
