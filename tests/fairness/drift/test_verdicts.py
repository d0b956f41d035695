"""What a window's drift is called."""

from __future__ import annotations

import pytest

from fairness.drift.verdicts import verdict, worst


@pytest.mark.parametrize(
    ("psi", "p", "decisions", "of", "called"),
    [
        (None, 0.001, 500, 1, "insufficient"),
        (0.9, 1e-9, 29, 1, "insufficient"),
        (0.9, 0.02, 500, 1, "large"),
        # Twenty features looked at together: one in fifty is no surprise, however large the index.
        (0.9, 0.02, 500, 20, "none"),
        (0.249, 1e-9, 30, 20, "moderate"),
        (0.1, 1e-9, 30, 20, "moderate"),
        (0.01, 1e-9, 30, 20, "slight"),
        (0.01, 0.3, 30, 1, "none"),
    ],
)
def test_chance_first_then_size(
    psi: float | None, p: float, decisions: float, of: int, called: str
) -> None:
    assert verdict(psi, p, decisions, of=of) == called


def test_the_worst_is_the_one_that_wants_attention() -> None:
    assert worst(["none", "slight", "insufficient"]) == "slight"
    assert worst(["insufficient", "none"]) == "none"
    assert worst([]) == "insufficient"
