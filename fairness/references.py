"""References: what a version's features looked like where it was made, handed over from above. Web-safe
but for the making of bins, for which it imports numpy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from math import isfinite
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db import transaction

from audit.canonical import canonical
from audit.door import Conflict, Invalid
from audit.log import Draft, append
from fairness import codes
from fairness.drift.histograms import Histogram, reference_edges
from fairness.models import Reference, Version

MISSING: Final = -1
UNSEEN: Final = -2
MOST_ROWS: Final = 1_000_000
MOST_CATEGORIES: Final = 1000


@dataclass(frozen=True, slots=True)
class ReferenceView:
    """``features``: names in order; ``number``: rows it was made of; ``place``: leaves coded so far."""

    use_case: str
    model_ref: str
    features: tuple[str, ...]
    number: int
    digest: str
    entry_id: UUID
    place: int
    made_at: datetime


@transaction.atomic
def set_reference(
    *,
    actor: str,
    use_case: str,
    model_ref: str,
    kinds: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
) -> ReferenceView:
    """Keep the histograms of ``rows`` as the version's reference; the rows themselves are not kept.

    ``kinds``: per feature number or category. The caller has settled that ``actor`` may. The same
    rows again change nothing, others are a Conflict: a version's reference is frozen with it.
    Raises Invalid without rows or features, or for too many.
    """
    if not rows or not kinds or len(rows) > MOST_ROWS:
        raise Invalid(f"A reference has features, and 1 to {MOST_ROWS:,} rows.")
    features = [_feature(name, kinds[name], rows) for name in sorted(kinds)]
    digest = sha256(canonical({"features": features})).hexdigest()
    version = codes.versions({(use_case, model_ref)})[use_case, model_ref]
    known = Reference.objects.select_for_update().filter(version=version).first()
    if known is not None:
        if known.digest != digest:
            raise Conflict("The version has another reference: other rows are another version.")
        return _view(use_case, model_ref, known)
    body = {"act": "drift_reference_set", "digest": digest, "rows": len(rows)}
    line = append(
        Draft(
            kind="policy",
            use_case=use_case,
            actor=actor,
            model_ref=model_ref,
            body=canonical({**body, "features": sorted(kinds)}),
        )
    )
    row = Reference.objects.create(
        version=version, features=features, number=len(rows), digest=digest, entry_id=line.id
    )
    return _view(use_case, model_ref, row)


def reference(use_case: str, model_ref: str) -> ReferenceView | None:
    version = Version.objects.filter(use_case=use_case, model_ref=model_ref).first()
    row = Reference.objects.filter(version=version.pk).first() if version else None
    return _view(use_case, model_ref, row) if row else None


def referred(refs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these use cases and versions that have a reference."""
    named = Version.objects.filter(
        use_case__in={one for one, _ in refs}, model_ref__in={ref for _, ref in refs}
    ).filter(pk__in=Reference.objects.values("version"))
    return set(named.values_list("use_case", "model_ref")) & set(refs)


def number_of(value: Any) -> float | None:
    """The value as a number; None where it is missing or none."""
    if isinstance(value, bool) or value is None:
        return float(value) if isinstance(value, bool) else None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if isfinite(found) else None


def category_of(value: Any) -> str | None:
    """The value as a category; None where it is missing."""
    if value is None or value == "" or isinstance(value, dict | list):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:200]


def _feature(name: str, kind: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if kind == "number":
        numbers = [number_of(row.get(name)) for row in rows]
        values = np.array([np.nan if one is None else one for one in numbers])
        if not np.isfinite(values).any():
            raise Invalid(f"The feature {name} has no number in the reference.")
        made = Histogram.of(values, reference_edges(values))
        columns = {key: getattr(made, key).tolist() for key in ("edges", "counts", "sums")}
        return {"name": name, "kind": kind, **columns, "missing": int(made.missing)}
    categories = Counter(category_of(row.get(name)) for row in rows)
    missing = categories.pop(None, 0)
    if len(categories) > MOST_CATEGORIES:
        raise Invalid(f"The feature {name} has more than {MOST_CATEGORIES:,} categories.")
    counted = {str(value): categories[value] for value in sorted(categories, key=str)}
    return {"name": name, "kind": kind, "categories": counted, "missing": missing}


def _view(use_case: str, model_ref: str, row: Reference) -> ReferenceView:
    return ReferenceView(
        use_case,
        model_ref,
        tuple(one["name"] for one in row.features),
        row.number,
        row.digest,
        row.entry_id,
        row.place,
        row.made_at,
    )
