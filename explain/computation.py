"""From decisions of one version to finished explanations, in one batch. No database here."""

from __future__ import annotations

import math
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np

from explain.attribution.contract import Attribution, Floats
from explain.engines import Engine, Ready
from explain.faithfulness import faithfulness
from explain.quality import agreement, correlation
from explain.refusals import Cause, Unsupported, said_of
from explain.rows import Table

# The artefact must give the recorded score again, or the explanation would be of another decision.
# A share of the score where that is above 1, as predictions are.
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
    """Why this decision is not explained: one sentence, and its cause."""

    detail: str
    cause: Cause


Result: TypeAlias = Finished | Declined


def compute(engine: Engine, tasks: Sequence[Task]) -> list[Result]:
    """Explain each task, in order. A task that cannot be explained declines alone.

    Raises Unsupported where no decision of the version can be.
    """
    try:
        if engine.specification.task == "multiclass":
            return _by_class(engine, tasks)
        return _together(engine, engine.output(), tasks)
    except ValueError as error:
        # BadRows, or the model's own refusal of a row. One bad row must not cost the others theirs.
        if len(tasks) == 1:
            return [Declined(said_of(error, tasks[0].features), "features_refused")]
        return [compute(engine, [task])[0] for task in tasks]


def _by_class(engine: Engine, tasks: Sequence[Task]) -> list[Result]:
    """Explain each task by the class that it recorded, or by the likeliest where it recorded none."""
    classes = engine.classes()
    probabilities = engine.probabilities([task.features for task in tasks])
    likeliest = [classes[at] for at in probabilities.argmax(axis=1)]
    results: dict[int, Result] = {}
    due: dict[Hashable, list[int]] = {}
    for at, (task, best) in enumerate(zip(tasks, likeliest, strict=True)):
        wanted = _class_of(engine, task, best)
        if wanted is None or (task.label is not None and wanted != best):
            results[at] = Declined(
                f"Output not reproduced: for the recorded features the artefact chooses '{best}', the decision "
                f"recorded '{task.label}'. An explanation would be of another decision.",
                "output_not_reproduced",
            )
        else:
            due.setdefault(wanted, []).append(at)
    for wanted, places in due.items():
        try:
            told = _together(engine, engine.output(wanted), [tasks[at] for at in places])
        except Unsupported as refusal:
            told = [Declined(str(refusal), refusal.cause)] * len(places)
        results |= dict(zip(places, told, strict=True))
    return [results[at] for at in range(len(tasks))]


def _class_of(engine: Engine, task: Task, likeliest: Hashable) -> Hashable:
    """The class a decision recorded, as it stands in the model; None where the model knows no such."""
    if task.label is None:
        return likeliest
    named = engine.specification.class_of(task.label)
    return next((one for one in engine.classes() if one == named or str(one) == named), None)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the explainer says of a batch. noisy: of the same rows with a little noise, None where
    none could be added. entered, usual: the rows and the usual row, for exchanging features."""

    attribution: Attribution
    noisy: Attribution | None
    entered: Any
    usual: Any


def _together(engine: Engine, ready: Ready, tasks: Sequence[Task]) -> list[Result]:
    began = time.perf_counter()
    rows = engine.schema.table([task.features for task in tasks])
    told = _told(engine, ready, rows)
    columns = _figures(engine, ready, rows, told)
    attribution = told.attribution
    obstacles = [
        _declined(engine, task, float(score), float(residual))
        for task, score, residual in zip(
            tasks, attribution.score, attribution.residual, strict=True
        )
    ]
    shared = {
        "method": ready.explainer.method,
        "output_space": ready.explainer.output_space,
        "explained": ready.named,
        "base": attribution.base,
        "residual_limit": ready.explainer.tolerance,
        "notes": list(ready.explainer.notes),
        "libraries": engine.libraries,
        "duration_ms": (time.perf_counter() - began) * 1000 / len(tasks),
    }
    return [
        Declined(obstacle, cause)
        if obstacle
        else Finished(
            shared | {name: of[at] for name, of in columns.items()} | {"recorded_score": task.score}
        )
        for at, (task, (obstacle, cause)) in enumerate(zip(tasks, obstacles, strict=True))
    ]


def _told(engine: Engine, ready: Ready, rows: Table) -> _Told:
    """Ask the explainer about the rows and, in one go, for preparing a table costs more than its
    rows do, about the same with noise."""
    noisy = engine.noise.onto(rows)
    if noisy is not None:
        try:
            return _asked(engine, ready, [rows, noisy])
        except ValueError:
            # Or the rows themselves are refused, which comes up again at once; or the model knows
            # no numbers between those it has seen: then its stability cannot be tried.
            pass
    return _asked(engine, ready, [rows])


def _asked(engine: Engine, ready: Ready, tables: list[Table]) -> _Told:
    many, explainer = len(tables[0]), ready.explainer
    entered = explainer.enter(tables[0].then(*tables[1:], engine.typical))
    whole = explainer.attribute(entered[: many * len(tables)])
    noisy = whole.part(many, 2 * many) if len(tables) > 1 else None
    usual = entered[many * len(tables) :]
    return _Told(whole.part(0, many), noisy, entered[:many], usual)


def _figures(engine: Engine, ready: Ready, rows: Table, told: _Told) -> dict[str, list[Any]]:
    """Every figure of its own that a row has: names of columns to a value per row."""
    attribution = told.attribution
    lime = ready.lime.explain(rows, attribution.score)
    ranks = agreement(attribution.values, lime.coefficients)
    score = _known(attribution.score)
    none: list[Any] = [None] * len(rows)
    errors = attribution.errors
    return {
        "output": _known(attribution.output),
        "score": score,
        "probability": none if engine.specification.task == "regression" else score,
        "phi": attribution.values.tolist(),
        "errors": none if errors is None else errors.tolist(),
        "standard_error": none if errors is None else _known(errors.max(axis=1)),
        "residual": _known(attribution.residual),
        "lime_weights": lime.coefficients.tolist(),
        "lime_intercept": _known(lime.intercept),
        "lime_prediction": _known(lime.local_prediction),
        "lime_r2": _known(lime.r2),
        "rank_agreement": _known(ranks.spearman),
        "top4_overlap": _known(ranks.top_overlap),
        **_faithfulness(engine, ready, told),
        "stability": none if told.noisy is None else _stability(attribution, told.noisy),
    }


def _faithfulness(engine: Engine, ready: Ready, told: _Told) -> dict[str, list[Any]]:
    found = faithfulness(
        lambda taken: ready.explainer.exchanged(told.entered, told.usual, taken),
        told.attribution.values,
        told.attribution.base,
        told.attribution.output,
        seed=engine.specification.seed,
    )
    if found is None:
        return {}
    return {field.name: _known(getattr(found, field.name)) for field in fields(found)}


def _stability(attribution: Attribution, noisy: Attribution) -> list[Any]:
    return _known(correlation(np.abs(attribution.values), np.abs(noisy.values)))


def _known(values: Floats) -> list[float | None]:
    """JSON and people know no NaN: None where a figure does not exist."""
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _declined(engine: Engine, task: Task, computed: float, residual: float) -> tuple[str, Cause]:
    """The sentence of ``obstacle``, empty for none, and its cause."""
    said = obstacle(engine, task, computed, residual)
    if not said:
        return "", ""
    return said, "output_not_reproduced" if math.isfinite(residual) else "not_finite"


def obstacle(engine: Engine, task: Task, computed: float, residual: float = 0.0) -> str:
    """A sentence when the artefact does not give what was recorded, or the parts do not add up; else empty."""
    spec = engine.specification
    if not math.isfinite(residual):
        return "The model gives no finite output for the recorded features."
    if task.score is not None:
        if abs(task.score - computed) <= REPRODUCED * max(1.0, abs(computed)):
            return ""
        return (
            f"Output not reproduced: the artefact gives {computed:.6f} for the recorded features, the decision "
            f"recorded {task.score:.6f}. An explanation would be of another decision."
        )
    if spec.task == "multiclass" or spec.outcome(task.label) is None:
        return ""
    threshold = spec.threshold if task.threshold is None else task.threshold
    if spec.is_adverse(computed, threshold) == spec.outcome(task.label):
        return ""
    return (
        f"Output not reproduced: the artefact gives {computed:.6f} for the recorded features, which is not "
        f"'{task.label}' at the threshold {threshold:g}. An explanation would be of another decision."
    )
