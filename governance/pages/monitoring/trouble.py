"""Which rates of a week are worse than the reference's."""

from collections.abc import Mapping, Sequence
from typing import Final

from fairness.drift.verdicts import LEAST
from fairness.drifting import FeatureWeek, Rate

RATES: Final[Mapping[str, str]] = {
    "missing": "missing",
    "beyond": "out of range",
    "unseen": "unseen categories",
}


LEVEL: Final = 0.05


def trouble(now: Sequence[FeatureWeek]) -> list[tuple[FeatureWeek, list[str]]]:
    """Features of a week with the rates that are higher than the reference's: 5 % for all of them
    together (Bonferroni); the most troubled first, those without trouble left out."""
    tests = sum(rate_of(one, name) is not None for one in now for name in RATES)
    found = [
        (one, [name for name in RATES if _worse(rate_of(one, name), one.decisions, tests)])
        for one in now
    ]
    return sorted(
        ((one, names) for one, names in found if names),
        key=lambda pair: (-max(excess(pair[0], name) for name in pair[1]), pair[0].feature),
    )


def rate_of(one: FeatureWeek, name: str) -> Rate | None:
    found: Rate | None = getattr(one, name)
    return found


def _worse(rate: Rate | None, decisions: float, tests: int) -> bool:
    if rate is None or rate.value is None or rate.p is None or decisions < LEAST:
        return False
    return rate.value > (rate.reference or 0.0) and rate.p * tests < LEVEL


def excess(one: FeatureWeek, name: str) -> float:
    rate = rate_of(one, name)
    return (rate.value or 0.0) - (rate.reference or 0.0) if rate else 0.0
