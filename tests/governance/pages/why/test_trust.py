"""Quality figures, each beside what it is held against, and beside every reason where they are poor."""

from __future__ import annotations

import pytest

from explain.findings import Thresholds
from governance.pages.why import why_page
from governance.why.parts import LimePart, ReasonsPart
from tests.governance.pages.why.made import answer, known, quality, reason, spec


def checks(said, **more):
    return {check.label: check for check in why_page(known(said, **more)).trust.checks}


def test_what_is_exact_says_so():
    told = checks(answer())
    assert list(told) == ["Adds up to the output", "Score reproduced", "Exact or estimated"]
    assert (told["Exact or estimated"].value, told["Exact or estimated"].tone) == ("exact", "good")


@pytest.mark.parametrize(
    ("figures", "label", "value", "tone"),
    [
        ({"standard_error": 0.1}, "Exact or estimated", "± 0.100", "good"),
        ({"standard_error": 0.3}, "Exact or estimated", "± 0.300", "warn"),
        ({"stability": 0.97}, "Stable", "0.97", "good"),
        ({"stability": 0.42}, "Stable", "0.42", "warn"),
        ({"deletion": 2.0, "deletion_random": 1.0}, "Faithful, taking away", "2.00", "good"),
        ({"deletion": 1.0, "deletion_random": 1.0}, "Faithful, taking away", "1.00", "warn"),
        ({"insertion": 2.0, "insertion_random": 1.5}, "Faithful, putting back", "2.00", "good"),
        ({"insertion": 0.5, "insertion_random": 1.5}, "Faithful, putting back", "0.50", "warn"),
    ],
)
def test_each_figure_is_judged_by_its_threshold(figures, label, value, tone):
    check = checks(answer(quality=quality(**figures)))[label]
    assert (check.value, check.tone) == (value, tone)
    assert check.icon == {"good": "circle-check", "warn": "alert-triangle"}[tone]


def test_the_thresholds_are_those_of_the_answer():
    lime = LimePart("ready", "", r2=0.6, samples=5000)
    assert checks(answer(lime=lime))["LIME's fidelity"].tone == "good"
    strict = quality(thresholds=Thresholds(lime_r2=0.7))
    check = checks(answer(lime=lime, quality=strict))["LIME's fidelity"]
    assert (check.tone, check.detail) == (
        "warn", "of a straight line near this case; at least 0.70 asked",
    )  # fmt: skip


def test_a_poor_explanation_is_warned_about_beside_every_reason_it_gives():
    reasons = ReasonsPart(
        "ready", "", "en", (reason(), reason("P1", kind="person")), warnings=("Said of a reason.",)
    )
    said = answer(quality=quality(warnings=("Weak.",)), reasons=reasons)
    shown = why_page(known(said)).reasons
    assert [line.weak for line in shown.lines] == [True, False]
    assert shown.warnings == ("Said of a reason.", "Weak.")


def test_what_people_gave_is_not_weak_by_the_model():
    reasons = ReasonsPart("ready", "", "en", (reason("P1", kind="person"),))
    shown = why_page(known(answer(quality=quality(warnings=("Weak.",)), reasons=reasons))).reasons
    assert (shown.lines[0].weak, shown.warnings) == (False, ())


def test_the_person_concerned_is_not_warned():
    said = answer(audience="subject", quality=quality(warnings=("Weak.",)))
    shown = why_page(known(said)).reasons
    assert (shown.lines[0].weak, shown.warnings) == (False, ())


@pytest.mark.parametrize(
    ("asked", "offered", "expected"),
    [("de", ("en", "de"), "Deutsch"), ("de-AT", ("en", "de"), "Deutsch"), ("fr", ("en", "de"), "English"),
     ("fr", ("pt", "de"), "Português")],
)  # fmt: skip
def test_the_wording_is_named_by_language_version_and_digest(asked, offered, expected):
    shown = why_page(known(answer(lang=asked), specification=spec(languages=offered))).reasons
    assert shown.foot == f"Codes R01 · wording in {expected}, frozen with credit@1 under"
    assert (shown.digest, shown.digest_short) == ("44" * 32, "444444…4444")


def test_without_a_profile_the_wording_is_the_records():
    shown = why_page(known(specification=None, profile_digest="")).reasons
    assert shown.foot == "Codes R01 · wording as it was recorded with the decision"
    assert shown.digest == ""
