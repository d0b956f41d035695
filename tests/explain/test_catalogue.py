from __future__ import annotations

import pytest

from explain.catalogue import Catalogue, Reason

TEXT = {"en": "Income"}


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ((Reason("R1", ("a",), TEXT), Reason("R1", ("b",), TEXT)), "code of its own"),
        ((Reason("other", ("a",), TEXT),), "none may be 'other'"),
        ((Reason("R1", ("a", "b"), TEXT), Reason("R2", ("b",), TEXT)), "'b' belongs to two"),
        ((Reason("R1", ("a", "a"), TEXT),), "'a' belongs to two"),
        ((Reason("R1", (), TEXT),), "needs a feature"),
        ((Reason("R1", ("a",), {}),), "needs a feature and a text"),
        ((Reason("R1", ("a",), TEXT, {"en": "You have {b}"}),), "not '{b}'"),
        ((Reason("R1", ("a",), TEXT, {"en": "You have {a.real}"}),), "not '{a.real}'"),
        ((Reason("R1", ("a",), TEXT, {"en": "You have {a!r}"}),), "its own features only"),
        ((Reason("R1", ("a",), TEXT, {"en": "You have {}"}),), "its own features only"),
    ],
)
def test_catalogues_that_leave_doubt_are_refused(reasons: tuple[Reason, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Catalogue(reasons)


def test_a_sound_catalogue_stands() -> None:
    detail = {"en": "Your income is {a}, your debts are {b}; {{really}}."}
    reasons = (Reason("R1", ("a", "b"), TEXT, detail), Reason("R2", ("c",), TEXT))
    assert Catalogue(reasons).reasons == reasons
