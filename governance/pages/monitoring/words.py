"""What drift is called, and the statistics that one may look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Final

from fairness.drift.verdicts import LEAST, Verdict, verdict, worst
from fairness.drifting import FeatureWeek, Rate
from governance.pages import formats
from governance.pages.pieces import Badge

BADGES: Final[Mapping[Verdict, Badge]] = {
    "large": Badge("Large drift", "bad", "alert-octagon"),
    "moderate": Badge("Moderate drift", "warn", "alert-triangle"),
    "slight": Badge("Slight drift", "info", "activity"),
    "none": Badge("No drift seen", "good", "check"),
    "insufficient": Badge("Too few to judge", "neutral", "circle-dashed"),
}
MEANING: Final = (
    "A feature drifts where a chi-square test on the bins says so (5 % for all features of a week together, "
    f"Bonferroni; weeks of fewer than {LEAST} decisions are not judged); a PSI of 0.1 is then called "
    "moderate, 0.25 large."
)


@dataclass(frozen=True, slots=True)
class Statistic:
    """``steps``: where the next colour begins, five of them; none where each row has its own scale.
    excess: what is coloured instead of the value."""

    label: str
    text: str
    value: Callable[[FeatureWeek], float | None]
    beyond: Callable[[FeatureWeek], bool]
    steps: tuple[float, ...]
    percent: bool = False
    excess: Callable[[FeatureWeek], float | None] | None = None

    def weight(self, one: FeatureWeek) -> float | None:
        """What the colour is by."""
        return (self.excess or self.value)(one)

    def shown(self, one: FeatureWeek) -> str:
        value = self.value(one)
        if value is None:
            return formats.NONE
        return self.figure(value)

    def figure(self, value: float) -> str:
        if self.percent:
            return formats.percent(value)
        return f"{value:.2f}" if self.steps else formats.value(float(f"{value:.2g}"))


def _apart(one: FeatureWeek) -> float | None:
    """What chance does not explain of the Jensen-Shannon distance."""
    value, expected = one.jensen_shannon, one.jensen_shannon_expected
    return None if value is None else sqrt(max(value**2 - (expected or 0.0) ** 2, 0.0))


def newest(found: Sequence[FeatureWeek]) -> date | None:
    """The newest week of enough decisions to be judged, or else the newest."""
    enough = [one.week for one in found if one.decisions >= LEAST]
    return max(enough or (one.week for one in found), default=None)


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _significant(rate: Rate | None) -> bool:
    return rate is not None and rate.p is not None and rate.p < 0.05


STATISTICS: Final[Mapping[str, Statistic]] = {
    "psi": Statistic(
        "Population stability index (PSI)",
        "PSI on the reference's tenths, or on categories.",
        lambda one: one.psi,
        lambda one: one.drifted,
        (0.02, 0.05, 0.1, 0.25, 0.5),
    ),
    "jensen_shannon": Statistic(
        "Jensen–Shannon distance",
        "Distance of the two distributions on the reference's tenths, or on categories, from 0 (equal) to 1 (nothing "
        "in common). Few values are apart without any drift: the colour is of what exceeds that.",
        lambda one: one.jensen_shannon,
        lambda one: one.drifted,
        (0.05, 0.1, 0.2, 0.3, 0.5),
        excess=_apart,
    ),
    "wasserstein": Statistic(
        "Wasserstein distance",
        "How far values would have to move on average, in the feature's own unit; of numbers only.",
        lambda one: one.wasserstein,
        lambda one: one.drifted and one.wasserstein is not None,
        (),
    ),
    "ks": Statistic(
        "Kolmogorov–Smirnov distance",
        "The largest gap between the two distribution functions, from 0 to 1; of numbers only.",
        lambda one: one.ks,
        lambda one: one.ks_p is not None and one.ks_p < 0.05,
        (0.05, 0.1, 0.2, 0.3, 0.5),
    ),
    "missing": Statistic(
        "Missing rate",
        "Share of the week's decisions without a value.",
        lambda one: one.missing.value,
        lambda one: _significant(one.missing),
        (0.005, 0.02, 0.05, 0.1, 0.3),
        percent=True,
    ),
}
CHOICES: Final[Mapping[str, str]] = {name: one.label for name, one in STATISTICS.items()}


def judged(one: FeatureWeek, many: int) -> Verdict:
    """What a feature's week is called, among so many features."""
    return verdict(one.psi, one.chi_square_p, one.decisions, of=many)


def worst_of(found: Sequence[FeatureWeek]) -> tuple[Verdict, FeatureWeek | None]:
    """The verdict of a week of all features, and the feature that has it with the highest PSI."""
    called = [(judged(one, len(found)), one) for one in found]
    word = worst([one for one, _ in called])
    those = [one for called_so, one in called if called_so == word and one.psi is not None]
    return word, max(those, key=lambda one: one.psi or 0.0, default=None)


def counted(many: float) -> str:
    """Decisions, which need not be whole."""
    return formats.count(round(many))
