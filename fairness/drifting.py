"""Drift of a version week by week: its features against the reference, from counts alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from audit.binary import rows
from fairness import features, policies
from fairness.drift.features import Share, categorical_drift, numeric_drift
from fairness.drift.histograms import Histogram
from fairness.facts import held
from fairness.figures import number
from fairness.models import Coded, Decided, Reference, Version
from fairness.outputs import Counted, outputs
from fairness.policy import Score
from fairness.references import MISSING


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

    psi: on the reference's deciles, or on categories; it exceeds psi_critical in one week of twenty
    without drift. ks lies between ks and ks_at_most on single values; wasserstein in the feature's
    unit, within wasserstein_error. beyond: outside the reference's range; unseen: of other
    categories, the most frequent ones named. p: of no drift, for alerts to rest on: chi-square's
    with sparse deciles or categories put together.
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


def drift(use_case: str, model_ref: str, *, since: date, until: date) -> list[FeatureWeek]:
    """Features by name, each week by week: weeks whose Monday is since ≤ day < until. Then what the
    version said (output.label, output.score) against its first four weeks."""
    version = Version.objects.filter(use_case=use_case, model_ref=model_ref).first()
    if version is None:
        return []
    known = policies.policy(use_case)
    said = [
        _week(feature, week, counted)
        for feature, weeks in outputs(version.pk, known.content.score if known else Score())
        for week, counted in sorted(weeks.items())
        if since <= week < until
    ]
    return [*_of_features(version.pk, since, until), *said]


def _of_features(version: int, since: date, until: date) -> list[FeatureWeek]:
    row = Reference.objects.filter(version=version).first()
    if row is None:
        return []
    counts = _counts(row.version, since, until)
    return [
        _week(feature, week, counts[at, week])
        for at, feature in enumerate(row.features)
        for week in sorted(week for place, week in counts if place == at)
    ]


def _step(version: int) -> int:
    with held() as place:
        row = Reference.objects.select_for_update().get(version=version)
        if row.place >= place:
            return 0
        return features.step(row, place)


_Counts = dict[tuple[int, date], Counted]


def _counts(version: int, since: date, until: date) -> _Counts:
    """By place of the feature and week: code, name, decisions, sum of values."""
    found: _Counts = defaultdict(list)
    for feature, week, *counted in rows(
        "SELECT feature, week, code, name, decisions, total::float8 FROM fairness_featurecell "
        "WHERE version = %b AND week >= %b AND week < %b ORDER BY 1, 2, 3, 4",
        [version, since, until],
    ):
        found[feature, week].append((counted[0], counted[1], counted[2], counted[3]))
    return found


def _week(feature: Mapping[str, Any], week: date, counted: Counted) -> FeatureWeek:
    made = _number if feature["kind"] == "number" else _category
    decisions = sum(many for _, _, many, _ in counted)
    return FeatureWeek(
        feature=feature["name"],
        kind=feature["kind"],
        week=week,
        decisions=decisions,
        **made(feature, counted),
    )


def _number(feature: Mapping[str, Any], counted: Counted) -> dict[str, Any]:
    edges = np.array(feature["edges"])
    old = Histogram(
        edges, np.array(feature["counts"]), np.array(feature["sums"]), float(feature["missing"])
    )
    counts, sums = np.zeros(len(edges) + 1), np.zeros(len(edges) + 1)
    missing = 0.0
    for code, _, many, total in counted:
        if code == MISSING:
            missing += many
        else:
            counts[code], sums[code] = many, total
    found = numeric_drift(old, Histogram(edges, counts, sums, missing))
    return {
        "p": number(found.p),
        "psi": number(found.psi.value),
        "psi_critical": number(found.psi.critical),
        "chi_square": number(found.chi_square.value),
        "chi_square_p": number(found.chi_square.p),
        "jensen_shannon": number(found.jensen_shannon.value),
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


def _category(feature: Mapping[str, Any], counted: Counted) -> dict[str, Any]:
    current = {name: float(many) for code, name, many, _ in counted if code != MISSING}
    missing = float(sum(many for code, _, many, _ in counted if code == MISSING))
    found = categorical_drift(
        feature["categories"],
        current,
        missing=missing,
        reference_missing=float(feature["missing"]),
    )
    return {
        "p": number(found.p),
        "psi": number(found.psi.value),
        "psi_critical": number(found.psi.critical),
        "chi_square": number(found.chi_square.value),
        "chi_square_p": number(found.chi_square.p),
        "jensen_shannon": number(found.jensen_shannon.value),
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
