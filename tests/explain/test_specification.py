"""Old specifications keep their digests; new fields say what they must."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from explain.findings import Thresholds
from governance.demo.catalogue import specification


def test_fields_that_came_later_leave_old_digests_alone() -> None:
    said = specification().to_json()
    assert "task" not in said and "thresholds" not in said and "labels" not in said


def test_a_specification_survives_its_json() -> None:
    full = replace(
        specification(),
        task="multiclass",
        labels={"deny": 0, "approve": 1},
        further_adverse=("refer",),
        shapley="path-dependent",
        thresholds=Thresholds(stability=0.5),
        evaluations=7,
    )
    assert type(full).from_json(full.to_json()) == full
    plain = specification()
    assert type(plain).from_json(plain.to_json()) == plain


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"threshold": 1.5}, "between 0 and 1"),
        ({"threshold": float("nan"), "task": "regression"}, "no number"),
        ({"task": "ranking"}, "The task is one of"),
        ({"task": "regression", "space": "log-odds"}, "no log-odds"),
        ({"evaluations": 0}, "counted from 1"),
    ],
)
def test_problems(changed: dict[str, Any], words: str) -> None:
    assert any(words in problem for problem in replace(specification(), **changed).problems())


def test_a_threshold_in_a_unit_may_be_any_number() -> None:
    assert replace(specification(), task="regression", threshold=1500.0).problems() == []


def test_outcomes_by_label() -> None:
    two = specification()
    assert [two.outcome(label) for label in ("deny", "approve", "refer", None)] == [
        True,
        False,
        None,
        None,
    ]
    many = replace(two, task="multiclass", further_adverse=("refer",))
    assert [many.outcome(label) for label in ("deny", "refer", "other", None)] == [
        True,
        True,
        False,
        None,
    ]
