"""The code in docs/models.md makes artefacts that register and load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explain.formats import registry
from explain.formats.rules import Rules
from tests.explain.formats.made import data

TEXT = (Path(__file__).parents[3] / "docs/models.md").read_text()
SNIPPETS = dict(re.findall(r"^### (\w+)\n```python\n(.*?)^```", TEXT, re.M | re.S))


@pytest.mark.parametrize("kind", [kind for kind in registry.KINDS if kind != "pickle"])
def test_the_documented_code_works(kind: str, tmp_path: Path) -> None:
    rows, label = data("breast cancer")
    rows = rows.fillna(0)
    known: dict[str, Any] = {"rows": rows, "label": label}
    exec(compile(SNIPPETS[kind], kind, "exec"), known)  # noqa: S102 - our own page
    rules = Rules(remote=("https://models.example",), trials=tmp_path)
    loaded = registry.load(kind, known["artefact"], rules)
    # A verdict is kept only of what the confined process could read and ask as well.
    assert len(list(tmp_path.iterdir())) == registry.format_of(kind).native
    if "model" in known:
        told, said = loaded.predict_proba(rows), known["model"].predict_proba(rows)
        np.testing.assert_allclose(told, said, rtol=0, atol=2e-6)


def test_every_kind_and_setting_is_named() -> None:
    assert all(f"`{kind}`" in TEXT for kind in registry.KINDS)
    settings = (Path(__file__).parents[3] / "governance/settings.py").read_text()
    for name in re.findall(
        r"RATIONALE_(?:ARTEFACT_MB|ALLOW_PICKLE|CONFINED_\w+|REMOTE_\w+)", settings
    ):
        assert f"`{name}`" in TEXT
