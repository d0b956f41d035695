"""Weekly counts beside their reference: of a version's features, and of what it said. For many versions
at once, so that a page costs the same queries however many it shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from audit.binary import rows
from fairness import policies
from fairness.drift.histograms import Histogram
from fairness.models import Reference, Version
from fairness.outputs import Counted, outputs
from fairness.policy import Score
from fairness.references import MISSING

Ref = tuple[str, str]
"""Use case and model_ref."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """``reference``: as models.Reference keeps a feature; ``weeks``: by Monday, what was counted.

    spoken: whether it is an output, whose reference is the version's own first weeks.
    """

    reference: Mapping[str, Any]
    weeks: Mapping[date, Counted]
    spoken: bool = False

    @property
    def name(self) -> str:
        return str(self.reference["name"])

    @property
    def numeric(self) -> bool:
        return bool(self.reference["kind"] == "number")


def weekly(refs: Collection[Ref], *, since: date, until: date) -> dict[Ref, list[Weekly]]:
    """Of weeks whose Monday is since ≤ day < until: features by name, then outputs. A version that
    never decided is left out; without a reference it has outputs alone."""
    known = {
        row.pk: (row.use_case, row.model_ref)
        for row in Version.objects.filter(
            use_case__in={one for one, _ in refs}, model_ref__in={ref for _, ref in refs}
        )
        if (row.use_case, row.model_ref) in set(refs)
    }
    if not known:
        return {}
    features = _features(known, since, until)
    said = outputs(_scales(known))
    return {
        ref: [
            *features.get(pk, []),
            *(
                Weekly(one, {week: at for week, at in weeks.items() if since <= week < until}, True)
                for one, weeks in said.get(pk, [])
            ),
        ]
        for pk, ref in known.items()
    }


def histograms(one: Weekly, counted: Counted) -> tuple[Histogram, Histogram]:
    """The reference of a numeric feature, and a week of it on the same bins."""
    edges = np.array(one.reference["edges"])
    old = Histogram(
        edges,
        np.array(one.reference["counts"]),
        np.array(one.reference["sums"]),
        float(one.reference["missing"]),
    )
    counts, sums = np.zeros(len(edges) + 1), np.zeros(len(edges) + 1)
    missing = 0.0
    for code, _, many, total in counted:
        if code == MISSING:
            missing += many
        else:
            counts[code], sums[code] = many, total
    return old, Histogram(edges, counts, sums, missing)


def categories(counted: Counted) -> tuple[dict[str, float], float]:
    """A week of a category: how many of each, and how many were missing."""
    found = {name: float(many) for code, name, many, _ in counted if code != MISSING}
    return found, float(sum(many for code, _, many, _ in counted if code == MISSING))


def _scales(known: Mapping[int, Ref]) -> dict[int, Score]:
    """The scale of scores by version."""
    cases = policies.in_force({use_case for use_case, _ in known.values()})
    return {
        pk: cases[use_case].content.score if use_case in cases else Score()
        for pk, (use_case, _) in known.items()
    }


def _features(known: Mapping[int, Ref], since: date, until: date) -> dict[int, list[Weekly]]:
    references = list(Reference.objects.filter(version__in=known))
    counts: dict[tuple[int, int], dict[date, Counted]] = defaultdict(lambda: defaultdict(list))
    for version, feature, week, *counted in rows(
        "SELECT version, feature, week, code, name, decisions, total::float8 "
        "FROM fairness_featurecell WHERE version = ANY (%b::int[]) AND week >= %b AND week < %b "
        "ORDER BY 1, 2, 3, 4",
        [[row.version for row in references], since, until],
    ):
        counts[version, feature][week].append((counted[0], counted[1], counted[2], counted[3]))
    return {
        row.version: [
            Weekly(feature, counts.get((row.version, at), {}))
            for at, feature in enumerate(row.features)
        ]
        for row in references
    }
