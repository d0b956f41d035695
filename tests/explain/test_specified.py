"""A specification from outside: read as it was meant, or refused with the place of the fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from audit.door import Invalid
from explain.specified import read
from governance.demo.catalogue import specification


def demo() -> dict[str, Any]:
    return json.loads(json.dumps(specification().to_json()))


def test_what_was_written_is_read_to_the_same() -> None:
    assert read(demo()) == specification()
    assert read(demo()).to_json() == specification().to_json()


def changed(said: dict[str, Any], path: list[Any], value: Any) -> dict[str, Any]:
    at: Any = said
    for part in path[:-1]:
        at = at[part]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return said


@pytest.mark.parametrize(
    ("path", "value", "pointer", "code"),
    [
        (["colour"], 1, "/specification/colour", "unknown"),
        (["features", 1, "a/b"], 1, "/specification/features/1/a~1b", "unknown"),
        (["recourse", "rules", 0, "kost"], 1, "/specification/recourse/rules/0/kost", "unknown"),
        (["features", 2, "kind"], "text", "/specification/features/2/kind", "invalid"),
        (["features", 0, "name"], ..., "/specification/features/0", "invalid"),
        (["threshold"], "0.4", "/specification/threshold", "invalid"),
        (["reasons", 0, "text"], "words", "/specification/reasons/0/text", "invalid"),
        (["reasons", 0, "text", "en"], 7, "/specification/reasons/0/text", "invalid"),
        (["adverse_when"], ..., "/specification", "invalid"),
        (["features"], {"a": 1}, "/specification/features", "invalid"),
    ],
)
def test_a_fault_is_pointed_at(path: list[Any], value: Any, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(changed(demo(), path, value))
    (error,) = refusal.value.errors
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert error["detail"].endswith(".")


@pytest.mark.parametrize("said", [None, [], "x", 1])
def test_what_is_no_object_is_refused(said: object) -> None:
    with pytest.raises(Invalid) as refusal:
        read(said)
    assert refusal.value.errors[0]["pointer"] == "/specification"
