"""Drift: handing a version's background over as its reference, and reading how far features have moved."""

from __future__ import annotations

from datetime import date

import orjson

from audit.door import Invalid, Problem, Voice
from explain import artefacts
from explain.queries import ProfileView, profile
from explain.refusals import Refused
from fairness import drifting, references
from fairness.drifting import FeatureWeek
from fairness.references import ReferenceView
from governance.comparing.policies import must_read
from governance.models import Version
from governance.registry import queries as registry
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
    voice: Voice, use_case: str, *, version: str, since: date, until: date
) -> list[FeatureWeek]:
    """Features of a version week by week against its reference. Raises NotFound, Forbidden, Invalid."""
    must_read(voice, use_case)
    if not version or registry.version(voice, version).use_case != use_case:
        error = {"pointer": "version", "code": "parameter", "detail": "A version of this use case."}
        raise Invalid("Drift is of one version.", code="parameter", errors=[error])
    return drifting.drift(use_case, version, since=since, until=until)
