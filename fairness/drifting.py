"""Drift of a version week by week: its features against the reference, from counts alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from fairness import features
from fairness.drift.features import Share, categorical_drift, numeric_drift
from fairness.facts import held
from fairness.figures import number
from fairness.models import Coded, Decided, Reference, Version
from fairness.outputs import Counted
from fairness.weeks import Ref, Weekly, categories, histograms, weekly


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of the week with its interval, the reference's, and the p-value of equal ones."""

    value: float | None
    low: float | None
    high: float | None
    reference: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class FeatureWeek:
    """A feature in a week (its Monday) against the reference; None where there is nothing to compare.

    psi, jensen_shannon: on the reference's deciles, or on categories; without drift psi exceeds
    psi_critical in one week of twenty, and jensen_shannon is about jensen_shannon_expected. ks lies
    between ks and ks_at_most on single values; wasserstein in the feature's unit, within
    wasserstein_error. beyond: outside the reference's range; unseen: of other categories, the most
    frequent ones named. p: of no drift, for alerts to rest on: chi-square's with sparse deciles or
    categories put together.
    """

    feature: str
    kind: str
    week: date
    decisions: float
    p: float | None
    psi: float | None
    psi_critical: float | None
    chi_square: float | None
    chi_square_p: float | None
    jensen_shannon: float | None
    jensen_shannon_expected: float | None
    ks: float | None
    ks_p: float | None
    ks_at_most: float | None
    wasserstein: float | None
    wasserstein_error: float | None
    missing: Rate
    beyond: Rate | None
    unseen: Rate | None
    unseen_names: tuple[tuple[str, float], ...]

    @property
    def drifted(self) -> bool:
        """Whether the PSI exceeds what it would without drift."""
        return self.psi is not None and self.psi > (self.psi_critical or 0.0)


def walk() -> int:
    """Code what is new of every version with a reference; how many decisions."""
    coded = 0
    for version in Reference.objects.values_list("version", flat=True):
        while now := _step(version):
            coded += now
    return coded


def referred() -> list[str]:
    """The versions that have a reference, by name."""
    rows = Version.objects.filter(id__in=Reference.objects.values("version"))
    return list(rows.order_by("model_ref").values_list("model_ref", flat=True).distinct())


def restart(model_ref: str) -> int:
    """Forget what is counted of a version, for ``step`` and the workers to count it anew from the
    beginning; how many decisions there are to read. Until then its weeks are incomplete."""
    versions = _versions(model_ref)
    with held():
        for version in versions:
            features.restart(version)
    return Decided.objects.filter(version__in=versions).count()


def step(model_ref: str) -> int:
    """Code the next page of a version's decisions; how many, 0 when there is none left."""
    return sum(_step(version) for version in _versions(model_ref))


def counted(model_ref: str) -> int:
    """How many decisions of a version are coded and counted."""
    return Coded.objects.filter(version__in=_versions(model_ref)).count()


def _versions(model_ref: str) -> list[int]:
    rows = Version.objects.filter(model_ref=model_ref)
    return list(
        rows.filter(id__in=Reference.objects.values("version")).values_list("id", flat=True)
    )


def drift(
    use_case: str, model_ref: str, *, since: date, until: date, feature: str = ""
) -> list[FeatureWeek]:
    """Features by name, each week by week: weeks whose Monday is since ≤ day < until. Then what the
    version said (output.label, output.score) against its first four weeks. ``feature``: that alone."""
    found = weekly([(use_case, model_ref)], since=since, until=until)
    return [
        of_week(one, week)
        for one in found.get((use_case, model_ref), [])
        if not feature or one.name == feature
        for week in sorted(one.weeks)
    ]


def latest(
    refs: Collection[Ref], *, since: date, until: date, least: float
) -> dict[Ref, list[FeatureWeek]]:
    """Of each version its newest week of ``least`` decisions, or else its newest one, features first;
    empty where it has no week. A version that never decided is left out."""
    return {
        ref: [of_week(one, last) for one in found if (last := _last(found, least)) in one.weeks]
        for ref, found in weekly(refs, since=since, until=until).items()
    }


def _last(found: Sequence[Weekly], least: float) -> date:
    most: dict[date, float] = {}
    for one in found:
        for week, counted in one.weeks.items():
            most[week] = max(most.get(week, 0.0), sum(many for _, _, many, _ in counted))
    enough = [week for week, many in most.items() if many >= least]
    return max(enough or most, default=date.min)


def of_week(one: Weekly, week: date) -> FeatureWeek:
    """A week of a feature, which must be one it has."""
    counted = one.weeks[week]
    return FeatureWeek(
        feature=one.name,
        kind=str(one.reference["kind"]),
        week=week,
        decisions=sum(many for _, _, many, _ in counted),
        **(_number(one, counted) if one.numeric else _category(one, counted)),
    )


def _step(version: int) -> int:
    with held() as place:
        row = Reference.objects.select_for_update().get(version=version)
        if row.place >= place:
            return 0
        return features.step(row, place)


def without_small(one: FeatureWeek, small: int) -> FeatureWeek:
    """Without what tells of fewer than ``small`` decisions: of a week so small nothing is said."""
    if one.decisions < small:
        gone: dict[str, Any] = dict.fromkeys(_STATISTICS)
        return replace(one, **gone, **_hidden(one, one.decisions + 1), unseen_names=())
    return replace(one, **_hidden(one, small), unseen_names=_named(one.unseen_names, small))


def _named(names: tuple[tuple[str, float], ...], small: int) -> tuple[tuple[str, float], ...]:
    """Categories of enough decisions, and of these only so many that what is left out, which the
    rate of all tells together, is of enough decisions too."""
    kept = [(name, many) for name, many in names if many >= small]
    left = sum(many for _, many in names) - sum(many for _, many in kept)
    while kept and 0 < left < small:
        left += kept.pop()[1]
    return tuple(kept)


_STATISTICS: Final = (
    "p", "psi", "psi_critical", "chi_square", "chi_square_p", "jensen_shannon",
    "jensen_shannon_expected", "ks", "ks_p", "ks_at_most", "wasserstein", "wasserstein_error",
)  # fmt: skip


def _hidden(one: FeatureWeek, small: float) -> dict[str, Any]:
    """Rates without those of some, yet too few."""
    return {
        name: Rate(None, None, None, rate.reference, None)
        if rate is not None and 0 < round((rate.value or 0.0) * one.decisions) < small
        else rate
        for name, rate in (("missing", one.missing), ("beyond", one.beyond), ("unseen", one.unseen))
    }


def _number(one: Weekly, counted: Counted) -> dict[str, Any]:
    found = numeric_drift(*histograms(one, counted))
    return {
        "p": number(found.p),
        "psi": number(found.psi.value),
        "psi_critical": number(found.psi.critical),
        "chi_square": number(found.chi_square.value),
        "chi_square_p": number(found.chi_square.p),
        "jensen_shannon": number(found.jensen_shannon.value),
        "jensen_shannon_expected": number(found.jensen_shannon.expected),
        "ks": number(found.ks.value),
        "ks_p": number(found.ks.p),
        "ks_at_most": number(found.ks.at_most),
        "wasserstein": number(found.wasserstein.value),
        "wasserstein_error": number(found.wasserstein.error),
        "missing": _rate(found.missing),
        "beyond": _rate(found.beyond),
        "unseen": None,
        "unseen_names": (),
    }


def _category(one: Weekly, counted: Counted) -> dict[str, Any]:
    current, missing = categories(counted)
    found = categorical_drift(
        one.reference["categories"],
        current,
        missing=missing,
        reference_missing=float(one.reference["missing"]),
    )
    return {
        "p": number(found.p),
        "psi": number(found.psi.value),
        "psi_critical": number(found.psi.critical),
        "chi_square": number(found.chi_square.value),
        "chi_square_p": number(found.chi_square.p),
        "jensen_shannon": number(found.jensen_shannon.value),
        "jensen_shannon_expected": number(found.jensen_shannon.expected),
        "ks": None,
        "ks_p": None,
        "ks_at_most": None,
        "wasserstein": None,
        "wasserstein_error": None,
        "missing": _rate(found.missing),
        "beyond": None,
        "unseen": _rate(found.unseen_share),
        "unseen_names": found.unseen[:20],
    }


def _rate(share: Share) -> Rate:
    return Rate(
        number(share.value),
        number(share.interval.low),
        number(share.interval.high),
        number(share.reference),
        number(share.p),
    )
