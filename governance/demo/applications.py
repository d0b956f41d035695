"""The German Credit applications as rows, and which of them train the model (see SOURCE.md)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "german_credit.csv"
NUMBERS = (
    "duration_months",
    "amount",
    "instalment_rate",
    "residence_years",
    "existing_credits",
    "dependants",
)
CATEGORIES = (
    "checking_account",
    "credit_history",
    "purpose",
    "savings",
    "employment_since",
    "other_debtors",
    "property",
    "other_plans",
    "housing",
    "job",
    "telephone",
)
# What the model may see. Sex, marital status, age and nationality stay out of it: they are segments.
FEATURES = CATEGORIES + NUMBERS


@dataclass(frozen=True, slots=True)
class Application:
    """One applicant: ``number`` is the row in the file, from 1."""

    number: int
    features: dict[str, str | int]
    segments: dict[str, str]
    repaid: bool

    @property
    def trains(self) -> bool:
        """Three of every five applications train; the other two are decided by the trained model."""
        return self.number % 5 < 3


def applications() -> Iterator[Application]:
    """Every application in the file's order."""
    with FILE.open(newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=1):
            features: dict[str, str | int] = {name: row[name] for name in CATEGORIES}
            features |= {name: int(row[name]) for name in NUMBERS}
            segments = {
                "sex": row["sex"],
                "age_band": age_band(int(row["age"])),
                "foreign_worker": row["foreign_worker"],
            }
            yield Application(number, features, segments, row["repaid"] == "yes")


def age_band(age: int) -> str:
    """The band of ten years, open at both ends, that an age falls into."""
    if age < 25:
        return "under 25"
    if age >= 65:
        return "65 and over"
    low = 25 + (age - 25) // 10 * 10
    return f"{low}-{low + 9}"
