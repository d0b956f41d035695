"""A profile is frozen: the same again is nothing, other content is a conflict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.door import Conflict, Invalid
from explain.queries import profile
from governance.demo.catalogue import specification
from governance.demo.decisions import MODEL_REF
from tests.explain.conftest import Credit

pytestmark = pytest.mark.django_db


def test_reads_back_what_was_registered(credit: Credit) -> None:
    credit.register()

    found = profile(MODEL_REF)
    assert found is not None
    assert found.specification == specification()
    assert found.background_size == len(credit.learnt)
    assert found.artefact_size == len(credit.artefact)


def test_the_same_again_changes_nothing(credit: Credit) -> None:
    credit.register()
    first = profile(MODEL_REF)

    credit.register()

    assert profile(MODEL_REF) == first


@pytest.mark.parametrize("changed", ["artefact", "background", "specification"])
def test_other_content_is_a_conflict(credit: Credit, changed: str) -> None:
    credit.register()
    other = {
        "artefact": credit.artefact + b"x",
        "background": [row.features for row in credit.learnt[1:]],
        "specification": replace(specification(), threshold=0.5),
    }

    with pytest.raises(Conflict, match="register another version"):
        credit.register(**{changed: other[changed]})


def test_names_every_problem(credit: Credit) -> None:
    spec = replace(specification(), threshold=1.5, background_kind="guess")

    with pytest.raises(Invalid) as caught:
        credit.register(specification=spec, background=[])

    assert [error["detail"] for error in caught.value.errors] == [
        "The threshold is a probability between 0 and 1.",
        "The background is one of all_applicants, near_cutoff, approved, custom.",
        "The background has no rows.",
    ]


def test_an_unknown_version_has_no_profile() -> None:
    assert profile("nobody@1") is None


@pytest.mark.parametrize(
    ("kind", "artefact", "pointer", "sentence"),
    [
        ("keras", b"x", "/kind", "There is no kind of artefact 'keras'"),
        ("pickle", b"\x80\x04N.", "/artefact", "an administrator has not allowed them here"),
        ("xgboost", b"{}", "/artefact", "'learner' is missing"),
        ("skops", b"no zip", "/artefact", "it is no zip"),
    ],
)
def test_an_artefact_that_is_not_what_it_should_be_is_no_profile(
    credit: Credit, kind: str, artefact: bytes, pointer: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as caught:
        credit.register(kind=kind, artefact=artefact)

    [error] = caught.value.errors
    assert error["pointer"] == pointer
    assert sentence in error["detail"]
    assert profile(MODEL_REF) is None
