"""Golden cases of principal reasons; each peer failure named in the reference has one here."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.catalogue import Catalogue, Reason
from explain.reasons import Alarm, NearTie, principal_reasons

CATALOGUE = Catalogue(
    reasons=(
        Reason(
            "R01",
            ("debt_now", "debt_3m"),
            {"en": "Credit use is too high", "de": "Kreditnutzung zu hoch"},
            {"en": "You use {debt_now} % of your limit.", "de": "Sie nutzen {debt_now} %."},
        ),
        Reason("R02", ("income",), {"en": "Income insufficient"}),
        Reason("R03", ("term",), {"en": "Term too long"}, {"en": "You asked for {term} months."}),
        Reason("R04", ("history",), {"en": "Limited credit history"}),
        Reason("R05", ("job_years",), {"en": "Length of employment"}),
        Reason("R06", ("age",), {"en": "Age"}),
    ),
    standing={"age": "protected", "postcode": "proxy"},
    other={"en": "Other: {feature}", "de": "Sonstiges: {feature}"},
)
VALUES = {
    "debt_now": 80, "debt_3m": 75, "income": 1000, "term": 60, "history": None, "job_years": 1,
    "age": 70, "postcode": "12345", "shoe": 44,
}  # fmt: skip


def reasons(contributions: dict[str, float], **options):
    return principal_reasons(
        features=list(contributions),
        contributions=list(contributions.values()),
        values=VALUES,
        catalogue=CATALOGUE,
        adverse=options.pop("adverse", 1),
        **options,
    )


def codes(told) -> list[str]:
    return [reason.code for reason in told.reasons]


def test_one_concept_appears_once_with_the_sum_of_its_members() -> None:
    told = reasons({"debt_now": 0.4, "debt_3m": 0.3, "income": 0.5, "term": 0.1})
    assert codes(told) == ["R01", "R02", "R03"]
    first = told.reasons[0]
    assert first.contribution == pytest.approx(0.7)
    assert first.share == pytest.approx(0.7 / 1.3)
    assert [(m.feature, m.value, m.contribution) for m in first.members] == [
        ("debt_now", 80, 0.4),
        ("debt_3m", 75, 0.3),
    ]
    assert [reason.rank for reason in told.reasons] == [1, 2, 3]


def test_members_that_cancel_out_leave_no_reason() -> None:
    assert codes(reasons({"debt_now": 0.5, "debt_3m": -0.6, "income": 0.2})) == ["R02"]


def test_only_what_spoke_against_the_person_counts() -> None:
    contributions = {"income": -0.5, "term": 0.2, "history": 0.0}
    assert codes(reasons(contributions)) == ["R03"]
    assert codes(reasons(contributions, adverse=-1)) == ["R02"]
    assert reasons(contributions, adverse=-1).reasons[0].contribution == 0.5


def test_at_most_four_and_the_rest_is_kept_for_examiners() -> None:
    five = {"debt_now": 0.5, "income": 0.4, "term": 0.3, "history": 0.2, "job_years": 0.1}
    told = reasons(five)
    assert codes(told) == ["R01", "R02", "R03", "R04"]
    assert [reason.code for reason in told.left_out] == ["R05"]
    assert codes(reasons(five, limit=2)) == ["R01", "R02"]


def test_texts_and_the_persons_values_per_language() -> None:
    told = reasons({"debt_now": 0.4, "term": 0.3})
    assert told.reasons[0].text == CATALOGUE.reasons[0].text
    assert told.reasons[0].detail == {
        "en": "You use 80 % of your limit.",
        "de": "Sie nutzen 80 %.",
    }
    assert told.reasons[1].detail == {"en": "You asked for 60 months."}


def test_a_template_that_needs_an_absent_value_gives_no_sentence() -> None:
    for values in ({}, {"term": None}, {"term": float("nan")}):
        told = principal_reasons(
            features=["term"], contributions=[1.0], values=values, catalogue=CATALOGUE, adverse=1
        )
        assert told.reasons[0].detail == {}


def test_a_feature_without_a_reason_is_named_and_warned_about() -> None:
    told = reasons({"shoe": 0.5, "income": 0.2, "postcode": -0.1})
    assert codes(told) == ["other", "R02"]
    assert told.reasons[0].text == {"en": "Other: shoe", "de": "Sonstiges: shoe"}
    assert (told.reasons[0].mapped, told.reasons[1].mapped) == (False, True)
    assert told.warnings == ("'shoe' is a principal reason and has no entry in the catalogue.",)


def test_unmapped_features_are_not_thrown_together() -> None:
    told = reasons({"shoe": 0.5, "hat": 0.3})
    assert [reason.members[0].feature for reason in told.reasons] == ["shoe", "hat"]


def test_a_protected_driver_is_given_and_raises_an_alarm() -> None:
    told = reasons({"age": 0.9, "income": 0.2})
    assert codes(told) == ["R06", "R02"]
    assert told.reasons[0].standing == "protected"
    assert told.alarms == (Alarm("age", "protected", 0.9, against=True, rank=1),)


def test_a_protected_feature_that_helped_raises_an_alarm_too() -> None:
    told = reasons({"age": -0.9, "income": 0.2, "postcode": 0.05}, limit=1)
    assert told.alarms == (
        Alarm("age", "protected", -0.9, against=False, rank=None),
        Alarm("postcode", "proxy", 0.05, against=True, rank=None),
    )


def test_a_protected_feature_that_moved_nothing_raises_none() -> None:
    assert reasons({"age": 0.0, "income": 0.2}).alarms == ()
    assert reasons({"age": -0.001, "income": 0.2}).alarms == ()


def test_near_ties_are_flagged_and_the_one_at_the_limit_named_as_such() -> None:
    close = {"income": 0.3, "term": 0.299, "history": 0.2, "job_years": 0.1, "debt_now": 0.0995}
    told = reasons(close)
    assert told.tolerance == pytest.approx(0.01 * 0.9985)
    assert told.near_ties == (
        NearTie("R02", "R03", pytest.approx(0.001), at_limit=False),
        NearTie("R05", "R01", pytest.approx(0.0005), at_limit=True),
    )
    assert reasons({"income": 0.3, "term": 0.2}).near_ties == ()


def test_the_explainers_error_widens_ties_and_silences_noise() -> None:
    told = reasons({"income": 0.5, "term": 0.3, "history": 0.05}, explainer_error=0.25)
    assert codes(told) == ["R02", "R03"]
    assert told.tolerance == 0.25
    assert [(tie.first, tie.second) for tie in told.near_ties] == [("R02", "R03")]


def test_equal_contributions_are_ordered_by_code_then_feature() -> None:
    equal = {"term": 0.2, "income": 0.2, "shoe": 0.2, "hat": 0.2}
    for order in permutations(equal):
        told = reasons({name: equal[name] for name in order})
        assert [(r.code, r.members[0].feature) for r in told.reasons] == [
            ("R02", "income"),
            ("R03", "term"),
            ("other", "hat"),
            ("other", "shoe"),
        ]


def test_nothing_against_the_person_is_said_plainly() -> None:
    told = reasons({"income": -0.3})
    assert (told.reasons, told.left_out) == ((), ())
    assert told.warnings == (
        "No feature spoke against the person by more than the explanation's own error.",
    )


FEATURES = ["debt_now", "debt_3m", "income", "term", "history", "job_years", "age", "shoe"]
NUMBERS = st.floats(-10, 10, allow_subnormal=False)


@given(st.lists(NUMBERS, min_size=len(FEATURES), max_size=len(FEATURES)))
def test_every_reason_weighs_no_less_than_the_next_and_none_is_lost(numbers: list[float]) -> None:
    told = reasons(dict(zip(FEATURES, numbers, strict=True)))
    ranked = [*told.reasons, *told.left_out]
    weights = [reason.contribution for reason in ranked]
    assert weights == sorted(weights, reverse=True)
    assert all(weight > 0 for weight in weights)
    assert min(4, len(ranked)) <= len(told.reasons) <= 8
    # Whatever ties with the last of the usual four is given too, up to eight.
    if len(ranked) > 4:
        tied = [one for one in ranked[4:8] if weights[3] - one.contribution < told.tolerance]
        assert len(told.reasons) == 4 + len(tied)
    if ranked:
        assert sum(reason.share for reason in ranked) == pytest.approx(1.0)
    assert reasons(dict(zip(FEATURES, numbers, strict=True))) == told
