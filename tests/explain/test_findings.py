from __future__ import annotations

import pytest

from explain import findings


@pytest.mark.parametrize(
    ("finding", "state", "words"),
    [
        (findings.additivity(1e-13), "good", "add up to the model's output (difference 1.0e-13)"),
        (findings.additivity(0.2), "warning", "miss the model's output by 2.0e-01"),
        (findings.additivity(1e-5, threshold=1e-4), "good", "add up"),
        (findings.additivity(float("nan")), "warning", "miss"),
        (findings.additivity(float("inf")), "warning", "do not rely"),
        (findings.fidelity(0.8), "good", "80\u202f%"),
        (findings.fidelity(0.25), "warning", "only 25\u202f%"),
        (findings.fidelity(-1.0), "warning", "only 0\u202f%"),
        (findings.rank_agreement(0.31, 0.5), "shown", "2 of the 4 leading"),
        (findings.rank_agreement(float("nan"), 1.0), "shown", "ranks no feature"),
        (
            findings.faithfulness("deletion", 0.5, 0.3),
            "good",
            "away in this order moves the output more",
        ),
        (
            findings.faithfulness("insertion", 0.3, 0.3),
            "warning",
            "back in this order moves the output no",
        ),
        (
            findings.faithfulness("deletion", 0.5, 0.4, 0.3),
            "warning",
            "no more than in random order",
        ),
        (findings.standard_error(0.01, 0.5), "good", "uncertain by 2.0\u202f% of the largest"),
        (findings.standard_error(0.1, 0.5), "warning", "20\u202f% of the largest"),
        (findings.standard_error(0.0, 0.0), "good", "0.0\u202f%"),
        (findings.stability(0.95), "good", "leaves the ranking"),
        (findings.stability(0.5), "warning", "changes the ranking"),
    ],
)
def test_findings(finding: findings.Finding, state: str, words: str) -> None:
    assert finding.state == state
    assert words in finding.words


def test_warnings_are_picked_out() -> None:
    poor = findings.additivity(1.0)
    assert findings.warnings([findings.fidelity(0.9), poor]) == (poor,)
