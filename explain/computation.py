"""From decisions of one version to finished explanations, in one batch. No database here."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from explain.engines import Engine
from explain.quality import agreement
from explain.refusals import BadRows

# The artefact must give the recorded score again, or the explanation would be of another decision.
REPRODUCED = 1e-6


@dataclass(frozen=True, slots=True)
class Task:
    """features: the recorded ones; score: the recorded one, None when the caller gave none."""

    features: Mapping[str, Any]
    label: str | None
    score: float | None
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Finished:
    """Figures by the names of the columns of ``Explanation`` that hold them."""

    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Declined:
    """Why this decision is not explained, one sentence."""

    detail: str


Result: TypeAlias = Finished | Declined


def compute(engine: Engine, tasks: Sequence[Task]) -> list[Result]:
    """Explain each task, in order. A task that cannot be explained declines alone."""
    try:
        return _together(engine, tasks)
    except ValueError as error:
        # BadRows, or the model's own refusal of a row. One bad row must not cost the others theirs.
        if len(tasks) == 1:
            return [Declined(_said(error))]
        return [compute(engine, [task])[0] for task in tasks]


def _said(error: ValueError) -> str:
    if isinstance(error, BadRows):
        return f"The recorded features are not those of this version: {error}"
    return f"The artefact refuses the recorded features: {error}"


def _together(engine: Engine, tasks: Sequence[Task]) -> list[Result]:
    began = time.perf_counter()
    rows = [task.features for task in tasks]
    probability = engine.explainer.probability(rows)
    attribution = engine.explainer.explain(rows)
    lime = engine.lime.explain(rows, probability)
    ranks = agreement(attribution.values, lime.coefficients)
    each = (time.perf_counter() - began) * 1000 / len(tasks)
    results: list[Result] = []
    for at, task in enumerate(tasks):
        obstacle = _not_reproduced(engine, task, float(probability[at]))
        if obstacle:
            results.append(Declined(obstacle))
            continue
        figures = {
            "method": engine.explainer.method,
            "output_space": engine.explainer.output_space,
            "base": attribution.base,
            "output": float(attribution.output[at]),
            "probability": float(probability[at]),
            "phi": attribution.values[at].tolist(),
            "residual": float(attribution.residual[at]),
            "recorded_score": task.score,
            "lime_weights": lime.coefficients[at].tolist(),
            "lime_intercept": float(lime.intercept[at]),
            "lime_prediction": float(lime.local_prediction[at]),
            "lime_r2": finite(lime.r2[at]),
            "rank_agreement": finite(ranks.spearman[at]),
            "top4_overlap": float(ranks.top_overlap[at]),
            "duration_ms": each,
            "libraries": engine.libraries,
        }
        results.append(Finished(figures))
    return results


def finite(value: float) -> float | None:
    """JSON and people know no NaN: None where a figure does not exist."""
    return float(value) if math.isfinite(value) else None


def _not_reproduced(engine: Engine, task: Task, computed: float) -> str:
    """A sentence when the artefact does not give what was recorded; empty when it does, or nothing can be compared."""
    if task.score is not None:
        if abs(task.score - computed) <= REPRODUCED:
            return ""
        return (
            f"Output not reproduced: the artefact gives {computed:.6f} for the recorded features, the decision "
            f"recorded {task.score:.6f}. An explanation would be of another decision."
        )
    spec = engine.specification
    if task.label not in (spec.adverse_label, spec.favourable_label):
        return ""
    threshold = spec.threshold if task.threshold is None else task.threshold
    if spec.is_adverse(computed, threshold) == (task.label == spec.adverse_label):
        return ""
    return (
        f"Output not reproduced: the artefact gives {computed:.6f} for the recorded features, which is not "
        f"'{task.label}' at the threshold {threshold:g}. An explanation would be of another decision."
    )
