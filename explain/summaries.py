"""What the explanations of a version say together, made by workers and kept, so that pages only read it.

Made of the newest explanations, at most ``ROWS``, whenever a newer one is there or one of them was
erased; the work is bounded by ``ROWS`` however many decisions a version has made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from audit.queries import Payload, payloads
from explain.distributions import SMALL, dependence, frequencies, histogram, importance
from explain.models import Explanation, Profile, Summary
from explain.policies import adverse
from explain.reasons import LIMIT, label, principal_reasons
from explain.specification import Specification
from explain.swarm import MOST_FEATURES, sample, swarm

PAGE: Final = 500
_STALE: Final = """
SELECT p.model_ref FROM explain_profile p
LEFT JOIN LATERAL (
  SELECT e.entry_id FROM explain_explanation e WHERE e.model_ref = p.model_ref AND e.state = 'ready'
  ORDER BY e.entry_id DESC LIMIT 1) AS newest ON true
LEFT JOIN explain_summary s ON s.model_ref = p.model_ref
WHERE s.newest IS DISTINCT FROM newest.entry_id OR NOT s.body ? 'swarm'
  OR (newest.entry_id IS NULL AND s.model_ref IS NOT NULL)
ORDER BY s.made_at NULLS FIRST, p.model_ref LIMIT %s
"""


def stale(limit: int = 100) -> list[str]:
    """Versions whose summary is not of their newest explanation, those without one first."""
    with connection.cursor() as cursor:
        cursor.execute(_STALE, [limit])
        return [row[0] for row in cursor]


def summarise(model_ref: str) -> bool:
    """Make a version's summary anew. False, and none is kept, when there is no explanation to make it of.

    Twice at once gives the same twice. A crash leaves the old one, which the next heartbeat finds stale.
    """
    profile = Profile.objects.get(model_ref=model_ref)
    ready = Explanation.objects.filter(model_ref=model_ref, state=Explanation.State.READY)
    rows = list(ready.order_by("-entry_id")[: settings.EXPLAIN_SUMMARY_ROWS])
    newest = rows[0].entry_id if rows else None
    found = {one.entry_id: one for one in _opened(rows) if not one.erased and not one.damage}
    rows = [row for row in rows if row.entry_id in found and row.phi]
    if not rows:
        Summary.objects.filter(model_ref=model_ref).delete()
        return False
    spec = Specification.from_json(profile.specification)
    facts = {
        "use_case": profile.use_case,
        "newest": newest,
        "body": body(spec, rows, [found[row.entry_id] for row in rows]),
    }
    Summary.objects.update_or_create(model_ref=model_ref, defaults=facts)
    return True


def _opened(rows: Sequence[Explanation]) -> list[Payload]:
    ids = [row.entry_id for row in rows]
    return [one for at in range(0, len(ids), PAGE) for one in payloads(ids[at : at + PAGE])]


def body(
    spec: Specification, rows: Sequence[Explanation], payload: Sequence[Payload]
) -> dict[str, Any]:
    """The summary of these explanations, newest first, and of the decisions they explain."""
    phi = np.asarray([row.phi for row in rows], float)
    return {
        "rows": len(rows),
        "newest_at": _at(rows[0]),
        "oldest_at": _at(rows[-1]),
        "output_space": rows[0].output_space,
        "importance": importance(phi, spec.names()),
        "dependence": {
            feature.name: dependence(
                [one.features.get(feature.name) for one in payload],
                phi[:, at],
                numeric=feature.kind == "number",
            )
            for at, feature in enumerate(spec.features)
        },
        "swarm": _swarm(spec, phi, payload),
        "quality": {
            "residual": histogram(
                [float(np.log10(max(row.residual or 0.0, 1e-18))) for row in rows], -18, 0, 9
            ),
            "lime_r2": histogram([row.lime_r2 for row in rows], 0, 1, 10),
            "rank_agreement": histogram([row.rank_agreement for row in rows], -1, 1, 10),
            "top4_overlap": histogram([row.top4_overlap for row in rows], 0, 1, 5),
            "stability": histogram([row.stability for row in rows], 0, 1, 10),
        },
        "reasons": _reasons(spec, rows, payload),
    }


def _swarm(
    spec: Specification, phi: NDArray[np.float64], payload: Sequence[Payload]
) -> dict[str, Any]:
    """Dots of the heaviest features; none where the decisions are too few to stand for others."""
    if len(payload) < SMALL:
        return {"features": {}, "n": 0}
    heaviest = np.argsort(-np.abs(phi).mean(axis=0), kind="stable")[:MOST_FEATURES]
    chosen = sample(len(payload))
    features = {}
    for at in heaviest.tolist():
        one = spec.features[at]
        values = [row.features.get(one.name) for row in payload]
        features[one.name] = swarm(values, phi[:, at], chosen, numeric=one.kind == "number")
    return {"features": features, "n": len(chosen)}


def _at(row: Explanation) -> str | None:
    return row.computed_at.isoformat() if row.computed_at else None


def _reasons(
    spec: Specification, rows: Sequence[Explanation], payload: Sequence[Payload]
) -> dict[str, Any]:
    against = [
        (row, one)
        for row, one in zip(rows, payload, strict=True)
        if adverse(spec, one.output) is True
    ]
    catalogue = spec.catalogue()
    given = [
        [
            label(reason)
            for reason in principal_reasons(
                features=spec.names(),
                contributions=row.phi or (),
                values={},
                catalogue=catalogue,
                adverse=1 if spec.task == "multiclass" else spec.adverse_sign(),
                limit=spec.most_reasons or LIMIT,
                explainer_error=row.residual or 0.0,
                errors=row.errors,
            ).reasons
        ]
        for row, _ in against
    ]
    return frequencies(given, [one.segments for _, one in against])
