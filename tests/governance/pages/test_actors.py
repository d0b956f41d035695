"""Actors of the log in words."""

from __future__ import annotations

import pytest

from governance.pages.actors import called, cell


@pytest.mark.parametrize(
    ("actor", "said", "alone"),
    [
        ("user:1", "Olu Adeyemi", "Olu Adeyemi"),
        ("user:2", "user:2", "user:2"),
        ("key:ab12", "API key ab12", "API key ab12"),
        ("system:fairness", "fairness worker", "Fairness worker"),
        ("system:demo", "the demonstration", "The demonstration"),
        ("system:explainbackfill", "system, explainbackfill", "System, explainbackfill"),
        ("", "", ""),
        ("key:", "key:", "key:"),
    ],
)
def test_an_actor_is_said_in_words(actor: str, said: str, alone: str) -> None:
    names = {"user:1": "Olu Adeyemi"}
    assert (called(actor, names), cell(actor, names)) == (said, alone)
