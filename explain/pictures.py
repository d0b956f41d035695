"""An explanation's contributions and its LIME picture, with the person's values put back. Plain Python and the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from explain.models import Explanation
from explain.specification import Feature, Specification


@dataclass(frozen=True, slots=True)
class AttributionRow:
    """phi in the output space; error is a standard error, None where the method is exact."""

    feature: str
    label: str
    unit: str
    value: Any
    phi: float
    error: float | None


@dataclass(frozen=True, slots=True)
class LimeRow:
    feature: str
    label: str
    value: Any
    weight: float


@dataclass(frozen=True, slots=True)
class LimeView:
    state: str
    detail: str
    mode: str
    r2: float | None
    intercept: float
    local_prediction: float
    samples: int
    rows: tuple[LimeRow, ...]


def _by_weight(spec: Specification, weights: Sequence[float] | None) -> list[tuple[Feature, float]]:
    pairs = list(zip(spec.features, weights or (), strict=True)) if weights else []
    return sorted(pairs, key=lambda pair: (-abs(pair[1]), pair[0].name))


def attributions(
    row: Explanation, spec: Specification, values: Mapping[str, Any]
) -> tuple[AttributionRow, ...]:
    errors = dict(zip(spec.names(), row.errors or (), strict=False))
    return tuple(
        AttributionRow(f.name, f.label, f.unit, values.get(f.name), phi, errors.get(f.name))
        for f, phi in _by_weight(spec, row.phi)
    )


def lime(row: Explanation, spec: Specification, values: Mapping[str, Any]) -> LimeView | None:
    if row.lime_weights is None or row.lime_intercept is None or row.lime_prediction is None:
        return None
    return LimeView(
        state="ready",
        detail="",
        mode=spec.lime_mode,
        r2=row.lime_r2,
        intercept=row.lime_intercept,
        local_prediction=row.lime_prediction,
        samples=5000,
        rows=tuple(
            LimeRow(f.name, f.label, values.get(f.name), weight)
            for f, weight in _by_weight(spec, row.lime_weights)
        ),
    )
