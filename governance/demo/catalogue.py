"""What the demonstration says about its features and reasons: labels, and wordings in English and German."""

from __future__ import annotations

from explain.catalogue import Reason
from explain.specification import Feature, Specification
from governance.demo.applications import CATEGORIES, FEATURES
from governance.demo.recourse import policy
from governance.demo.training import SEED, THRESHOLD

LABELS = {
    "checking_account": "Checking account balance",
    "duration_months": "Loan duration",
    "credit_history": "Credit history",
    "purpose": "Purpose of the loan",
    "amount": "Loan amount",
    "savings": "Savings",
    "employment_since": "Time with present employer",
    "instalment_rate": "Instalment as share of income",
    "other_debtors": "Co-applicant or guarantor",
    "residence_years": "Time at present address",
    "property": "Property",
    "other_plans": "Other instalment plans",
    "housing": "Housing",
    "existing_credits": "Credits at this bank",
    "job": "Occupation",
    "dependants": "Dependants",
    "telephone": "Telephone registered",
}
UNITS = {"duration_months": "months", "amount": "DM"}
DESCRIPTIONS = {
    "instalment_rate": "Class 1 (below 20 % of disposable income) to 4 (35 % and over), as coded in the source.",
    "residence_years": "Class 1 (below 1 year) to 4 (7 years and over), as coded in the source.",
}
# One concept, one reason: features that say the same thing to a person share a code.
REASONS = (
    Reason(
        "R01",
        ("checking_account", "savings"),
        {
            "en": "Balances in checking and savings accounts",
            "de": "Guthaben auf Giro- und Sparkonten",
        },
    ),
    Reason(
        "R02",
        ("amount", "duration_months", "instalment_rate"),
        {
            "en": "Amount and duration of the loan in relation to income",
            "de": "Höhe und Laufzeit des Kredits im Verhältnis zum Einkommen",
        },
    ),
    Reason(
        "R03",
        ("credit_history", "existing_credits"),
        {
            "en": "Record of earlier and existing credits",
            "de": "Verlauf früherer und bestehender Kredite",
        },
    ),
    Reason(
        "R04",
        ("other_plans",),
        {
            "en": "Instalment plans with other lenders",
            "de": "Ratenzahlungen bei anderen Anbietern",
        },
    ),
    Reason(
        "R05",
        ("employment_since", "job"),
        {
            "en": "Length and kind of employment",
            "de": "Dauer und Art der Beschäftigung",
        },
    ),
    Reason(
        "R06",
        ("property", "other_debtors"),
        {"en": "Security offered for the loan", "de": "Angebotene Sicherheiten"},
    ),
    Reason(
        "R07",
        ("housing", "residence_years"),
        {"en": "Housing situation", "de": "Wohnsituation"},
    ),
    Reason(
        "R08", ("purpose",), {"en": "Purpose of the loan", "de": "Verwendungszweck des Kredits"}
    ),
    Reason(
        "R09",
        ("dependants",),
        {"en": "Number of dependants", "de": "Zahl der Unterhaltsberechtigten"},
    ),
    Reason(
        "R10",
        ("telephone",),
        {
            "en": "No telephone number registered",
            "de": "Keine Telefonnummer hinterlegt",
        },
    ),
)


def specification() -> Specification:
    """The profile of the demonstration's version: features, threshold, reasons and their wording."""
    return Specification(
        features=tuple(
            Feature(
                name=name,
                label=LABELS[name],
                kind="category" if name in CATEGORIES else "number",
                unit=UNITS.get(name, ""),
                description=DESCRIPTIONS.get(name, ""),
            )
            for name in FEATURES
        ),
        positive=1,
        adverse_label="deny",
        favourable_label="approve",
        threshold=THRESHOLD,
        adverse_when="at_or_above",
        background_kind="all_applicants",
        background_note="All 600 applications the model was trained on (rows 1, 2, 5, 6, 7, 10 … of the file).",
        reasons=REASONS,
        languages=("en", "de"),
        seed=SEED,
        recourse=policy(),
    )
