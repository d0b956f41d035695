"""Drift: handing a version's background over as its reference, and reading how far features have moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import orjson

from audit.door import Invalid, Problem, Voice
from audit.queries import violations_by_week
from explain import artefacts
from explain.queries import ProfileView, profile
from explain.refusals import Refused
from fairness import coverage, distributions, drifting, policies, references, suppression
from fairness.distributions import Distribution, FeatureChange
from fairness.drift.verdicts import LEAST
from fairness.drifting import FeatureWeek, without_small
from fairness.policies import PolicyView
from fairness.references import ReferenceView
from fairness.series import Marker, markers
from fairness.tables import Window
from governance.comparing.policies import READ, SMALL, must_read
from governance.models import Version
from governance.registry import queries as registry
from governance.registry.rows import VersionRow
from governance.voices import SystemVoice

VOICE = SystemVoice("fairness")


def hand_over() -> int:
    """Give every version that has a profile its reference: the background it is explained against.

    What explains and what compares know nothing of each other, so this floor carries it over. A
    version whose background is missing or does not make histograms is passed over, and stays
    without drift figures. Returns how many were given one.
    """
    given = 0
    for use_case, ref in Version.objects.values_list("model__use_case__slug", "model_ref"):
        if references.reference(use_case, ref) is not None:
            continue
        found = profile(ref)
        if found is not None and _give(found) is not None:
            given += 1
    return given


def _give(found: ProfileView) -> ReferenceView | None:
    try:
        rows = orjson.loads(artefacts.read(found.background_digest))
        return references.set_reference(
            actor=VOICE.actor,
            use_case=found.use_case,
            model_ref=found.model_ref,
            kinds={feature.name: feature.kind for feature in found.specification.features},
            rows=rows,
        )
    except (Refused, Problem):
        return None


def drift_of(
    voice: Voice, use_case: str, *, version: str, since: date, until: date, feature: str = ""
) -> list[FeatureWeek]:
    """Features of a version (or one alone) week by week against its reference, without what tells of a
    few people for who may not see that. Raises NotFound, Forbidden, Invalid."""
    restricted = _must_read(voice, use_case, version)
    found = drifting.drift(use_case, version, since=since, until=until, feature=feature)
    small = _small(use_case) if restricted else 0
    return [without_small(one, small) for one in found] if restricted else found


def distribution_of(
    voice: Voice, use_case: str, *, version: str, feature: str, week: date
) -> Distribution | None:
    """A feature's values in a week beside its reference; None without decisions in that week.
    Raises as ``drift_of``."""
    restricted = _must_read(voice, use_case, version)
    found = distributions.distribution(use_case, version, feature, week)
    if found is None or not restricted:
        return found
    small = _small(use_case)
    # Of a week of so few nothing is said, as its statistics are not.
    few = found.number + (found.missing or 0.0) < small
    return None if few else distributions.without_small(found, small)


def changes_of(
    voice: Voice, use_case: str, *, version: str, since: date, until: date
) -> list[FeatureChange]:
    """With which weeks features changed, the largest change first. Raises as ``drift_of``."""
    _must_read(voice, use_case, version)
    return distributions.feature_changes(use_case, version, since=since, until=until)


def markers_of(voice: Voice, use_case: str, *, since: date, until: date) -> tuple[Marker, ...]:
    """Days on which versions of the use case first decided, or its policy changed. Raises NotFound,
    Forbidden."""
    must_read(voice, use_case)
    return markers(Window(use_case, since, until))


def reference_of(voice: Voice, use_case: str, *, version: str) -> ReferenceView | None:
    """What drift of a version is measured against. Raises as ``drift_of``."""
    _must_read(voice, use_case, version)
    return references.reference(use_case, version)


def violations_of(
    voice: Voice, use_case: str, *, version: str, since: date, until: date
) -> list[tuple[date, str, int]]:
    """By week and rule: decisions that broke a rule and were recorded all the same. Raises as
    ``drift_of``."""
    _must_read(voice, use_case, version)
    return violations_by_week(use_case, version, since, until)


@dataclass(frozen=True, slots=True)
class Watched:
    """A version and its newest week with enough decisions; ``features`` empty where nothing was compared.

    referred: whether it has a reference. decisions, labelled: of the window, and how many of them
    have a true label.
    """

    version: VersionRow
    referred: bool
    features: tuple[FeatureWeek, ...]
    decisions: float
    labelled: float


def watched(voice: Voice, *, since: date, until: date) -> list[Watched]:
    """Every version the voice may compare, by use case; newest first. What it costs in queries does
    not grow with them."""
    cases = {case.slug for case in registry.use_cases(voice, READ)}
    rows = [row for row in registry.versions(voice) if row.use_case in cases]
    refs = [(row.use_case, row.model_ref) for row in rows]
    found = drifting.latest(refs, since=since, until=until, least=LEAST)
    covered = coverage.covered(refs, since, until)
    referred = references.referred(refs)
    known = policies.in_force(cases)
    small = {case: _restriction(voice, case, known) for case in cases}
    return [
        Watched(
            row,
            ref in referred,
            tuple(without_small(one, small[row.use_case]) for one in found.get(ref, [])),
            *covered.get(ref, (0.0, 0.0)),
        )
        for row, ref in sorted(zip(rows, refs, strict=True), key=lambda pair: pair[0].use_case)
    ]


def _restriction(voice: Voice, use_case: str, known: Mapping[str, PolicyView]) -> int:
    if voice.allows(SMALL, use_case=use_case):
        return 0
    return known[use_case].content.limits.shown if use_case in known else suppression.SMALL


def _small(use_case: str) -> int:
    """Fewer decisions than this are not shown to everybody."""
    known = policies.policy(use_case)
    return known.content.limits.shown if known else suppression.SMALL


def _must_read(voice: Voice, use_case: str, version: str) -> bool:
    restricted = must_read(voice, use_case)
    if not version or registry.version(voice, version).use_case != use_case:
        error = {"pointer": "version", "code": "parameter", "detail": "A version of this use case."}
        raise Invalid("Drift is of one version.", code="parameter", errors=[error])
    return restricted
