"""Match, drift, or why it cannot be told."""

from __future__ import annotations

from typing import Any

import pytest

from explain.replay.verdicts import Verdict, judge
from governance.demo.catalogue import specification

SPEC = specification()  # deny at or above 0.40


@pytest.mark.parametrize(
    ("recorded", "state", "flipped"),
    [
        ({"score": 0.5, "label": "deny"}, "match", False),
        ({"score": 0.5 + 5e-7, "label": "deny"}, "match", False),
        ({"score": 0.51, "label": "deny"}, "drift", False),
        ({"score": 0.39, "label": "approve"}, "drift", True),
        ({"score": 0.5, "label": "approve"}, "drift", True),
        ({"score": 0.5, "label": "approve", "threshold": 0.6}, "match", False),
        ({"score": None, "label": "deny"}, "match", False),
        ({"score": None, "label": "approve"}, "drift", True),
        ({"score": 0.5, "label": "referred"}, "match", False),
    ],
)
def test_what_is_compared(recorded: dict[str, Any], state: str, flipped: bool) -> None:
    found = judge(SPEC, computed=0.5, **{"threshold": None, **recorded})
    assert (found.state, found.flipped) == (state, flipped)


def test_the_difference_has_its_sign() -> None:
    found = judge(SPEC, computed=0.25, score=0.5, label="deny", threshold=None)
    assert (found.difference, found.label_now) == (-0.25, "approve")


def test_nothing_recorded_is_nothing_to_compare() -> None:
    found = judge(SPEC, computed=0.5, score=None, label="referred", threshold=None)
    assert (found.state, found.cause) == ("cannot", "nothing_recorded")
    assert isinstance(found, Verdict)
