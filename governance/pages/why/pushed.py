"""What pushed the score: the attributions as a waterfall, LIME's weights beside it."""

from dataclasses import dataclass
from math import floor, log10
from typing import Final

from governance.charts import Diverging, Part, Waterfall, diverging, waterfall
from governance.pages import formats, outcomes
from governance.pages.pieces import State
from governance.pages.why.instead import instead
from governance.pages.why.known import Known
from governance.why.parts import ExplanationPart

MOST: Final = 10
AVERAGES: Final = {
    "all_applicants": ("Average case", "the average of {n} past cases, whatever their outcome"),
    "near_cutoff": ("Average near the cut-off", "the average of {n} past cases near the cut-off"),
    "approved": ("Average approved case", "the average of {n} approved cases"),
    "custom": ("Average of reference", "the average of {n} cases chosen as reference"),
}


@dataclass(frozen=True, slots=True)
class Pushed:
    """Either the chart, or the state that stands for it."""

    title: str = "What pushed the score"
    text: str = ""
    legend_up: str = ""
    legend_down: str = ""
    chart: Waterfall | None = None
    note: str = ""
    state: State | None = None


def pushed(known: Known) -> Pushed:
    part = known.answer.explanation
    if known.for_subject and part.state == "ready":
        return Pushed(state=State("not_available", "Kept to reviewers and examiners", part.detail))
    if part.state != "ready":
        return Pushed(state=instead(known, part))
    up, down = legend(known)
    label, average = AVERAGES.get(part.background_kind or "", AVERAGES["custom"])
    many = formats.count(part.background_size or 0)
    return Pushed(
        title=_title(known),
        text=f"From {average.format(n=many)} ({formats.figure(part.base, _digits(part))}), to this case "
        f"({formats.figure(part.output, _digits(part))}). {_unit(part)}",
        legend_up=up,
        legend_down=down,
        chart=_chart(known, part, label),
        note=_threshold(known, part),
    )


def legend(known: Known) -> tuple[str, str]:
    """What the two directions of the chart mean."""
    spec = known.specification
    if spec is None:
        return "raises the score", "lowers the score"
    if spec.task == "multiclass":
        return f"towards {outcomes.called(_explained(known))}", "towards the other outcomes"
    against, favour = outcomes.called(spec.adverse_label), outcomes.called(spec.favourable_label)
    up, down = (against, favour) if spec.adverse_when == "at_or_above" else (favour, against)
    return f"towards {up}", f"towards {down}"


def _explained(known: Known) -> str:
    """The class whose output is explained, as the decision calls it: the one that was chosen."""
    return known.answer.decision.label or known.answer.explanation.positive or ""


def _title(known: Known) -> str:
    task = known.specification.task if known.specification else "binary"
    if task == "multiclass":
        return f"What pushed towards {outcomes.called(_explained(known))}"
    return "What pushed the prediction" if task == "regression" else "What pushed the score"


def lime_chart(known: Known) -> Diverging | None:
    lime = known.answer.lime
    if lime.state != "ready" or not lime.weights:
        return None
    parts = [
        Part(row.label, known.value(row.value, known.feature(row.feature).unit), row.weight)
        for row in lime.weights[:8]
    ]
    return diverging(parts, title="LIME weights of the eight heaviest features")


def _chart(known: Known, part: ExplanationPart, label: str) -> Waterfall:
    return waterfall(
        [
            Part(
                row.label,
                known.value(row.value, row.unit),
                row.phi,
                *((row.interval.lower, row.interval.upper) if row.interval else (None, None)),
            )
            for row in part.attributions
        ],
        base=part.base or 0.0,
        output=part.output or 0.0,
        threshold=part.threshold,
        title=_title(known),
        base_label=label,
        output_label="This case",
        limit=MOST,
        digits=_digits(part),
    )


def _digits(part: ExplanationPart) -> int:
    """Decimals that four leading figures take: a prediction may be in thousands."""
    largest = max(abs(part.base or 0.0), abs(part.output or 0.0))
    return max(0, 3 - max(0, floor(log10(largest)))) if largest >= 1 else 3


def _unit(part: ExplanationPart) -> str:
    scales = {
        "log-odds": "in log-odds",
        "log-prediction": "in logarithms of the prediction",
        "margin": "of the margin before it becomes a probability",
    }
    if part.output_space in scales:
        return (
            f"Shapley values {scales[part.output_space]}, the scale on which they add up exactly."
        )
    return f"Shapley values, {formats.words(part.output_space or 'output')} scale."


def _threshold(known: Known, part: ExplanationPart) -> str:
    """The scale of the chart in terms of the score that was recorded."""
    if known.damage:
        return (
            "Computed while the record was whole. The person's values can no longer be told from it, so none stand "
            "beside the names."
        )
    decision = known.answer.decision
    score = decision.score if part.output_space == "log-prediction" else part.probability
    if part.output_space not in ("log-odds", "log-prediction") or score is None:
        return ""
    named = "log-odds" if part.output_space == "log-odds" else "as a logarithm"
    said = f"{formats.figure(part.output)} {named} is a score of {known.score(score)}"
    if part.threshold is not None and decision.threshold is not None:
        said += (
            f"; the threshold {formats.figure(part.threshold)} is {known.score(decision.threshold)}"
        )
    return f"{said}."
