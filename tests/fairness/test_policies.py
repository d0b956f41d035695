"""Policies: refused whole with every fault, numbered, written into the log, and repeated in vain."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from audit.door import Invalid
from fairness import policies
from tests.audit.ledger import CASE, rows
from tests.fairness.speaking import POLICY


def set_(**changes: Any) -> policies.PolicyView:
    return policies.set_policy(actor="user:o", use_case=CASE, content={**POLICY, **changes})


def faults(**changes: Any) -> list[str]:
    with pytest.raises(Invalid) as refused:
        set_(**changes)
    return [error["pointer"] for error in refused.value.errors]


def test_policies_are_numbered_and_stand_in_the_log(db: None) -> None:
    assert policies.policy(CASE) is None
    first = set_()
    assert (first.number, set_().number, set_(confidence=0.9).number) == (1, 1, 2)
    assert [one.number for one in policies.policies(CASE)] == [2, 1]
    assert policies.policy(CASE, 1) == first
    (header, body) = rows(
        "SELECT e.header, b.body FROM audit_entry e JOIN audit_entry_body b USING (id) WHERE id = %s",
        first.entry_id,
    )[0]
    assert orjson.loads(bytes(header))["kind"] == "policy"
    said = orjson.loads(bytes(body))
    assert (said["act"], said["number"], said["content"]["favourable"]) == (
        "fairness_policy_set",
        1,
        ["approve"],
    )


def test_facts_are_derived_anew_only_where_they_depend_on_what_changed(db: None) -> None:
    set_()
    policies.Redo.objects.all().delete()
    set_(positive=["repaid", "settled"])
    assert not policies.redoing(CASE)
    set_(sources=["bureau"])
    assert policies.redoing(CASE)


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"favourable": []}, ["/favourable"]),
        ({"favourable": ["a", "a"]}, ["/favourable"]),
        ({"favourable": "approve"}, ["/favourable"]),
        ({"favorable": ["a"]}, [""]),
        ({"score": {"low": 1.0, "high": 0.0}}, ["/score/high"]),
        ({"score": {"direction": "up"}}, ["/score/direction"]),
        ({"segments": {"sex": {"purpose": " "}}}, ["/segments/sex/purpose"]),
        ({"segments": {"a:b": {"purpose": "x"}}}, ["/segments/a:b"]),
        ({"intersections": [["sex", "race"]]}, ["/intersections/0"]),
        ({"intersections": [["sex"]]}, ["/intersections/0"]),
        ({"limits": {"ratio": 0.05}}, ["/limits/ratio"]),
        ({"limits": {"difference": 1.0}}, ["/limits/difference"]),
        ({"limits": {"least": 5}}, ["/limits/least"]),
        ({"confidence": 1.0}, ["/confidence"]),
        (
            {"monitors": [{"metric": "luck", "segment": "x", "least_ratio": 0.0, "alpha": 0.0}]},
            [f"/monitors/0/{name}" for name in ("metric", "segment", "least_ratio", "alpha")],
        ),
    ],
)
def test_every_fault_is_named(db: None, changes: dict[str, Any], pointers: list[str]) -> None:
    assert faults(**changes) == pointers
