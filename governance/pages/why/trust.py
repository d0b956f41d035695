"""Can this explanation be trusted? What was checked, and against what it was computed."""

from dataclasses import dataclass
from typing import Final

from governance.charts import Diverging
from governance.pages import formats
from governance.pages.pieces import Fact
from governance.pages.why.known import Known
from governance.pages.why.pushed import legend, lime_chart
from governance.why.parts import ExplanationPart, LimePart, QualityPart

FAITHFUL: Final = 0.5
LEADING: Final = 4


@dataclass(frozen=True, slots=True)
class Trust:
    checks: tuple[Fact, ...]
    made_of: tuple[Fact, ...]
    warnings: tuple[str, ...]
    lime: Diverging | None
    lime_text: str
    legend_up: str
    legend_down: str


def trust(known: Known) -> Trust | None:
    """None where there is no explanation whose trust could be asked about."""
    answer = known.answer
    if answer.explanation.state != "ready" or answer.quality.state != "ready":
        return None
    up, down = legend(known)
    return Trust(
        checks=tuple(_checks(answer.quality, answer.lime)),
        made_of=tuple(_made_of(answer.explanation)),
        warnings=answer.quality.warnings,
        lime=lime_chart(known),
        lime_text=_lime_text(answer.lime),
        legend_up=up,
        legend_down=down,
    )


def _checks(quality: QualityPart, lime: LimePart) -> list[Fact]:
    return [
        _additivity(quality),
        _reproduced(quality),
        *([_fidelity(lime)] if lime.r2 is not None else []),
        *([_agreement(quality)] if quality.top4_overlap is not None else []),
    ]


def _additivity(quality: QualityPart) -> Fact:
    error = f"error {formats.figure(quality.residual)}"
    limit = f"allowed {formats.figure(quality.residual_limit)}"
    if quality.additive:
        return Fact("Adds up to the output", error, limit, tone="good", icon="circle-check")
    return Fact("Adds up to the output", error, limit, tone="bad", icon="alert-octagon")


def _reproduced(quality: QualityPart) -> Fact:
    given = formats.figure(quality.computed_score, 6)
    if quality.reproduced is None:
        detail = f"the artefact gives {given}"
        return Fact("Score reproduced", "no score was recorded", detail)
    if quality.reproduced:
        detail = f"recorded and computed again: {given}"
        return Fact("Score reproduced", "yes", detail, tone="good", icon="circle-check")
    detail = f"recorded {formats.figure(quality.recorded_score, 6)}, artefact gives {given}"
    return Fact("Score reproduced", "no", detail, tone="bad", icon="alert-octagon")


def _fidelity(lime: LimePart) -> Fact:
    r2 = lime.r2 or 0.0
    text = f"R² {formats.figure(r2, 2)}"
    detail = "of a straight line near this case"
    if r2 < FAITHFUL:
        return Fact("LIME's fidelity", text, detail, tone="warn", icon="alert-triangle")
    return Fact("LIME's fidelity", text, detail, tone="good", icon="circle-check")


def _agreement(quality: QualityPart) -> Fact:
    same = round((quality.top4_overlap or 0.0) * LEADING)
    ranks = quality.rank_agreement
    told = "" if ranks is None else f"rank correlation {formats.figure(ranks, 2)}; "
    return Fact(
        "SHAP and LIME",
        f"{same} of {LEADING} leading the same",
        f"{told}shown, decides nothing: they answer different questions",
    )


def _made_of(part: ExplanationPart) -> list[Fact]:
    background, artefact = part.background_digest or "", part.artefact_digest or ""
    libraries = ", ".join(f"{name} {number}" for name, number in (part.libraries or {}).items())
    return [
        Fact("Method", part.method or "", f"{part.output_space} scale"),
        Fact(
            "Background",
            f"{formats.words(part.background_kind or '')}, n = {formats.count(part.background_size or 0)}",
            part.background_note or "",
            code=background,
            short=formats.digest(background),
        ),
        Fact("Artefact", "", "", code=artefact, short=formats.digest(artefact)),
        Fact(
            "Computed",
            formats.moment(part.computed_at),
            f"{formats.milliseconds(part.duration_ms)}; seed {part.seed}; {libraries}",
        ),
    ]


def _lime_text(lime: LimePart) -> str:
    if lime.state != "ready":
        return lime.detail
    return (
        f"LIME's weights for the same case: {formats.count(lime.samples or 0)} neighbours, a "
        "straight line through them. A second opinion; reasons are never taken from it."
    )
