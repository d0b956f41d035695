"""Golden cases: what a person is told, for every rule of the law and the house that reasons follow.

Each case is a decision as it would be recorded, and the reasons, in order, as they must be told.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.catalogue import Catalogue, Reason, Rule
from explain.models import Explanation
from explain.queries import ProfileView, _view
from explain.reasons import key_factors, principal_reasons
from explain.specification import Feature, Specification
from explain.told import ReasonView

NUMBERS = ("debt", "debt_3m", "income", "term", "history", "inquiries", "age", "shoe", "job")
SPEC = Specification(
    features=tuple(
        Feature(
            name,
            name.title(),
            "number",
            role="protected" if name == "age" else "feature",
            classes={"1": {"en": "below 1 year", "de": "unter 1 Jahr"}} if name == "job" else {},
        )
        for name in NUMBERS
    ),
    positive="bad",
    adverse_label="deny",
    favourable_label="approve",
    threshold=0.5,
    adverse_when="at_or_above",
    background_kind="near_cutoff",
    background_note="",
    reasons=(
        Reason(
            "R1",
            ("debt", "debt_3m"),
            {"en": "Use of credit is too high", "de": "Kreditnutzung zu hoch"},
            {"en": "You use {debt} % of your limit.", "de": "Sie nutzen {debt} % des Rahmens."},
            {"en": "How much of your limit you use was not stated."},
        ),
        Reason("R2", ("income",), {"en": "Income insufficient", "de": "Einkommen zu gering"},
               {"de": "Angegeben: {income} Euro."}),
        Reason("R3", ("term",), {"en": "Term too long", "de": "Laufzeit zu lang"}),
        Reason("R4", ("history",), {"en": "Limited credit experience", "de": "Wenig Erfahrung"}),
        Reason("R5", ("inquiries",), {"en": "Number of recent inquiries", "de": "Anfragen"}, inquiries=True),
        Reason("R6", ("age",), {"en": "Age", "de": "Alter"}),
        Reason("R7", ("job",), {"en": "Length of employment", "de": "Dauer der Beschäftigung"},
               {"en": "You stated: {job}.", "de": "Angegeben: {job}."}),
    ),
    rules=(Rule("A1", {"en": "Applicant is bankrupt", "de": "Insolvenz"}),),
    languages=("en", "de"),
)  # fmt: skip
VALUES = {
    "debt": 80, "debt_3m": 75, "income": 12500.5, "term": 60, "history": None, "inquiries": 7,
    "age": 70, "shoe": 44, "job": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """``phi``: against the person above zero; ``told``: codes in order; the rest as it must be."""

    name: str
    phi: dict[str, float]
    told: list[str]
    values: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] | None = None
    label: str = "deny"
    probability: float = 0.8
    lang: str = "en"
    first: str = ""
    detail: str = ""
    kinds: list[str] | None = None
    warned: tuple[str, ...] = ()
    alarmed: tuple[str, ...] = ()
    spec: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case(
        "one concept once, with the sum of what says it",
        {"debt": 0.4, "debt_3m": 0.3, "income": 0.5},
        ["R1", "R2"],
        first="Use of credit is too high",
        detail="You use 80 % of your limit.",
    ),
    Case(
        "members that cancel out are no reason", {"debt": 0.5, "debt_3m": -0.6, "term": 0.2}, ["R3"]
    ),
    Case("what helped is no reason", {"income": -0.9, "term": 0.1}, ["R3"]),
    Case(
        "at most four, the others' weight pointed out",
        {"debt": 0.50, "income": 0.40, "term": 0.30, "history": 0.20, "inquiries": 0.16},
        ["R1", "R2", "R3", "R4"],
        warned=("R5 is left out with 10% of what spoke against the person.",),
    ),
    Case(
        "what ties with the fourth is given too",
        {"debt": 0.5, "income": 0.4, "term": 0.3, "history": 0.2, "inquiries": 0.199},
        ["R1", "R2", "R3", "R4", "R5"],
        warned=(
            "5 reasons are given instead of 4: the last of them tie, and none may be left out.",
        ),
    ),
    Case(
        "a version may say how many",
        {"debt": 0.5, "income": 0.4, "term": 0.05},
        ["R1", "R2"],
        spec={"most_reasons": 2},
    ),
    Case(
        "equal weights go by code", {"history": 0.2, "term": 0.2, "income": 0.2}, ["R2", "R3", "R4"]
    ),
    Case(
        "a feature without reason is named",
        {"shoe": 0.5, "income": 0.2},
        ["other", "R2"],
        first="Other: shoe",
        warned=("'shoe' is a principal reason and has no entry in the catalogue.",),
    ),
    Case(
        "a protected driver is told and alarms",
        {"age": 0.6, "income": 0.2},
        ["R6", "R2"],
        alarmed=("Age is a protected characteristic and moved this decision against the person.",),
    ),
    Case(
        "numbers and wording in the reader's language",
        {"income": 0.6},
        ["R2"],
        lang="de-AT",
        first="Einkommen zu gering",
        detail="Angegeben: 12500,5 Euro.",
    ),
    Case(
        "a code is told as what it means",
        {"job": 0.6},
        ["R7"],
        values={"job": 1.0},
        detail="You stated: below 1 year.",
    ),
    Case(
        "a code in another language",
        {"job": 0.6},
        ["R7"],
        lang="de",
        detail="Angegeben: unter 1 Jahr.",
    ),
    Case(
        "a code nobody worded is told as it is",
        {"job": 0.6},
        ["R7"],
        values={"job": 9},
        detail="You stated: 9.",
    ),
    Case(
        "a missing value has its own sentence",
        {"debt": 0.6},
        ["R1"],
        values={"debt": None},
        detail="How much of your limit you use was not stated.",
    ),
    Case(
        "or none, where there is no wording for it",
        {"debt": 0.6},
        ["R1"],
        values={"debt": ""},
        lang="de",
    ),
    Case(
        "a decision for the person has no reasons",
        {"debt": 0.6},
        [],
        label="approve",
        probability=0.1,
    ),
    Case(
        "nothing against the person is said plainly",
        {"income": -0.3},
        [],
        warned=("No feature spoke against the person by more than the explanation's own error.",),
    ),
    Case(
        "an automatic denial names its rule, and not a model that agreed with the person",
        {"debt": 0.3},
        ["A1"],
        context={"rules": ["A1"]},
        probability=0.2,
        first="Applicant is bankrupt",
        kinds=["rule"],
    ),
    Case(
        "rule and model both failed: reasons of both, about four in all",
        {"debt": 0.5, "income": 0.4, "term": 0.3, "history": 0.2},
        ["A1", "R1", "R2", "R3"],
        context={"rules": [{"code": "A1", "text": "not this wording"}]},
        first="Applicant is bankrupt",
        kinds=["rule", "model", "model", "model"],
    ),
    Case(
        "a rule that fired without denying is no reason",
        {"debt": 0.5},
        ["R1"],
        context={"rules": [{"code": "A1", "denies": False}]},
    ),
    Case(
        "a rule that the catalogue does not know is told by the record's words",
        {},
        ["A9"],
        context={"rules": [{"code": "A9", "text": {"en": "No account here", "de": "Kein Konto"}}]},
        probability=0.2,
        lang="de",
        first="Kein Konto",
    ),
    Case(
        "a rule without words is named by its code and warned about",
        {},
        ["A9"],
        context={"rules": ["A9", "A9"]},
        probability=0.2,
        first="An automatic rule applied: A9",
        warned=("The rule 'A9' has no wording in the catalogue or the record.",),
    ),
    Case(
        "a person who decided otherwise gives theirs",
        {"debt": 0.5},
        ["P1"],
        context={"reasons": [{"code": "P1", "text": "Unable to verify employment"}]},
        probability=0.2,
        first="Unable to verify employment",
        kinds=["person"],
    ),
    Case(
        "gray band: the model's and the person's",
        {"debt": 0.5},
        ["P1", "R1"],
        context={"reasons": [{"code": "P1", "text": "Unable to verify employment"}]},
        kinds=["person", "model"],
    ),
    Case(
        "denied although the score was good, and the record does not say why",
        {"debt": 0.5},
        ["R1"],
        probability=0.2,
        warned=(
            "By its score alone the model would have decided in favour of the person: what decided is not in the "
            "record (context.rules or context.reasons).",
        ),
    ),
    Case(
        "context of another shape is passed by",
        {"debt": 0.5},
        ["R1"],
        context={"rules": "A1", "reasons": [7, {}, {"code": 3}, None]},
    ),
]


def known(**changed: Any) -> ProfileView:
    from datetime import UTC, datetime
    from uuid import UUID

    return ProfileView(
        model_ref="m@1", use_case="credit", artefact_digest="", artefact_kind="skops", artefact_size=0,
        background_digest="", background_size=1, specification=replace(SPEC, **changed),
        specification_digest="", registered_at=datetime.now(UTC), entry_id=UUID(int=0),
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case: Case) -> None:
    row = Explanation(
        state="ready",
        phi=[case.phi.get(name, 0.0) for name in NUMBERS],
        probability=case.probability,
        residual=0.0,
        lime_weights=None,
    )
    content = {
        "features": {**VALUES, **case.values},
        "output": {"label": case.label},
        "context": case.context,
    }
    view = _view(row, known(**case.spec), content, case.lang)
    assert [reason.code for reason in view.reasons] == case.told
    if case.first:
        assert view.reasons[0].text == case.first
    if case.told:
        assert view.reasons[0].detail == case.detail or not case.detail
    if case.kinds:
        assert [reason.kind for reason in view.reasons] == case.kinds
    assert view.reason_warnings == case.warned
    assert view.alarms == case.alarmed


@pytest.mark.django_db
def test_a_missing_value_without_wording_leaves_no_half_sentence() -> None:
    row = Explanation(state="ready", phi=[0.5] + [0.0] * 8, probability=0.9, residual=0.0)
    content = {"features": {"debt": float("nan")}, "output": {"label": "deny"}}
    assert _view(row, known(), content, "de").reasons[0].detail == ""


@pytest.mark.django_db
def test_reasons_stated_are_told_though_the_explanation_is_refused() -> None:
    row = Explanation(state="refused", detail="Output not reproduced.")
    content = {"output": {"label": "deny"}, "context": {"rules": ["A1"]}}
    view = _view(row, known(), content, "en")
    assert [(one.code, one.kind) for one in view.reasons] == [("A1", "rule")]


def factors(phi: dict[str, float]) -> list[str]:
    found = principal_reasons(
        features=NUMBERS,
        contributions=[phi.get(name, 0.0) for name in NUMBERS],
        values=VALUES,
        catalogue=SPEC.catalogue(),
        adverse=1,
    )
    return [one.code for one in key_factors(found)]


def test_key_factors_are_four_and_inquiries_beside_them() -> None:
    five = {"debt": 0.5, "income": 0.4, "term": 0.3, "history": 0.2, "job": 0.1}
    assert factors(five) == ["R1", "R2", "R3", "R4"]
    assert factors({**five, "inquiries": 0.01}) == ["R1", "R2", "R3", "R4", "R5"]
    assert factors({**five, "inquiries": 0.6}) == ["R5", "R1", "R2", "R3", "R4"]
    assert factors({**five, "inquiries": -0.6}) == ["R1", "R2", "R3", "R4"]


@pytest.mark.django_db
def test_key_factors_are_told_of_a_credit_score_only() -> None:
    row = Explanation(state="ready", phi=[0.5] + [0.0] * 8, probability=0.9, residual=0.0)
    content = {"features": VALUES, "output": {"label": "deny"}}
    assert _view(row, known(), content, "en").key_factors == ()
    told = _view(row, known(credit_score=True), content, "en").key_factors
    assert [one.code for one in told] == ["R1"]
    assert isinstance(told[0], ReasonView)


CATALOGUE = Catalogue(tuple(Reason(f"C{n}", (f"f{n}",), {"en": f"C{n}"}) for n in range(8)))
PHI = st.lists(st.floats(-5, 5, allow_subnormal=False), min_size=8, max_size=8)
ERRORS = st.lists(st.floats(0, 1), min_size=8, max_size=8)


@given(PHI, ERRORS, st.integers(1, 6))
def test_no_reason_is_lost_and_every_tie_of_the_estimate_is_flagged(
    phi: list[float], errors: list[float], limit: int
) -> None:
    told = principal_reasons(
        features=[f"f{n}" for n in range(8)],
        contributions=phi,
        values={},
        catalogue=CATALOGUE,
        adverse=1,
        limit=limit,
        errors=errors,
    )
    ranked = [*told.reasons, *told.left_out]
    assert {one.code for one in ranked} == {f"C{n}" for n in range(8) if phi[n] > 0}
    assert min(limit, len(ranked)) <= len(told.reasons) <= 2 * limit
    flagged = {(tie.first, tie.second) for tie in told.near_ties}
    for one, two in pairwise(ranked):
        if two.rank <= len(told.reasons):
            margin = max(told.tolerance, 1.959963984540054 * (one.error**2 + two.error**2) ** 0.5)
            gap = one.contribution - two.contribution
            if abs(gap - margin) > 1e-12:
                assert ((one.code, two.code) in flagged) == (gap < margin)


@given(PHI, st.permutations(range(8)))
def test_the_order_of_the_features_changes_nothing(phi: list[float], order: list[int]) -> None:
    def codes(indexes: list[int]) -> list[str]:
        return [
            one.code
            for one in principal_reasons(
                features=[f"f{n}" for n in indexes],
                contributions=[phi[n] for n in indexes],
                values={},
                catalogue=CATALOGUE,
                adverse=1,
            ).reasons
        ]

    assert codes(list(range(8))) == codes(order)
