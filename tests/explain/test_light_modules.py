"""The web process reads types, reasons and quality; none of these may load what only workers need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numba", "shap", "sklearn", "scipy", "pandas", "lime")


@pytest.mark.parametrize(
    "module",
    [
        "explain.reasons",
        "explain.told",
        "explain.stated",
        "explain.wording",
        "explain.catalogue",
        "explain.quality",
        "explain.findings",
        "explain.specification",
        "explain.refusals",
        "explain.formats.registry",
        "explain.attribution.contract",
        "explain.recourse.policy",
        "explain.recourse.checking",
        "explain.recourse.narrowing",
        "explain.recourse.feasibility",
        "explain.replay.verdicts",
        "explain.replay.tally",
    ],
)
def test_light_modules_load_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
