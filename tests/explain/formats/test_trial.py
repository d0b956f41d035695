"""What a library does to a file for the first time happens elsewhere, and is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from explain.formats import registry, trial
from explain.formats.rules import Rules
from explain.refusals import Untrusted
from tests.explain.formats.made import made


@pytest.fixture(autouse=True)
def forgotten() -> None:
    trial._survived.clear()


def test_surviving_is_kept(tmp_path: Path) -> None:
    one = made("xgboost", "iris")
    registry.load(one.kind, one.content, Rules(trials=tmp_path))
    [kept] = tmp_path.iterdir()
    assert kept.read_text() == "survived"
    assert kept.name.split("-")[1] == "xgboost"


def test_a_process_that_ends_is_a_refusal_and_this_one_lives(tmp_path: Path) -> None:
    """Its time runs out while it imports. That may be the machine's fault: no verdict stays."""
    one = made("xgboost", "iris")
    with pytest.raises(Untrusted, match="ends the library that reads it"):
        registry.load(one.kind, one.content, Rules(trials=tmp_path, cpu_seconds=1))
    assert list(tmp_path.iterdir()) == []
    registry.load(one.kind, one.content, Rules(trials=tmp_path))


def test_what_fell_once_is_not_tried_again(tmp_path: Path) -> None:
    one = made("xgboost", "iris")
    registry.load(one.kind, one.content, Rules(trials=tmp_path))
    [kept] = tmp_path.iterdir()
    kept.write_text("The artefact ends the library that reads it; it is not loaded.")
    trial._survived.clear()
    with pytest.raises(Untrusted, match="it is not loaded"):
        registry.load(one.kind, one.content, Rules(trials=tmp_path))
