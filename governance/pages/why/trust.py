"""Can this explanation be trusted? What was checked, and against what it was computed."""

from dataclasses import dataclass
from typing import Final, Literal

from explain import findings
from explain.findings import Finding, Thresholds
from governance.charts import Diverging
from governance.pages import formats
from governance.pages.pieces import Fact
from governance.pages.why.known import Known
from governance.pages.why.pushed import legend, lime_chart
from governance.why.parts import ExplanationPart, LimePart, QualityPart

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
        checks=tuple(_checks(known)),
        made_of=tuple(_made_of(answer.explanation)),
        warnings=answer.quality.warnings,
        lime=lime_chart(known),
        lime_text=_lime_text(answer.lime),
        legend_up=up,
        legend_down=down,
    )


def _checks(known: Known) -> list[Fact]:
    """What was checked, each figure with what it is held against; agreement informs and is not judged."""
    answer = known.answer
    quality, lime = answer.quality, answer.lime
    bounds = quality.thresholds or Thresholds()
    largest = max((abs(row.phi) for row in answer.explanation.attributions), default=0.0)
    return [
        _additivity(quality),
        _reproduced(quality),
        _exactness(quality, largest, bounds),
        *([_stability(quality.stability, bounds)] if quality.stability is not None else []),
        *_faithfulness(quality, bounds),
        *([_fidelity(lime, bounds)] if lime.r2 is not None else []),
        *([_agreement(quality)] if quality.top4_overlap is not None else []),
    ]


def _judged(label: str, value: str, detail: str, finding: Finding) -> Fact:
    if finding.state == "warning":
        return Fact(label, value, detail, tone="warn", icon="alert-triangle")
    return Fact(label, value, detail, tone="good", icon="circle-check")


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


def _exactness(quality: QualityPart, largest: float, bounds: Thresholds) -> Fact:
    if quality.standard_error is None:
        return Fact(
            "Exact or estimated", "exact", "nothing was sampled", tone="good", icon="circle-check"
        )
    found = findings.standard_error(quality.standard_error, largest, bounds.standard_error)
    detail = (
        f"largest standard error; up to {formats.percent(bounds.standard_error, 0)} of the largest "
        "contribution allowed"
    )
    return _judged(
        "Exact or estimated", f"± {formats.figure(quality.standard_error)}", detail, found
    )


def _stability(stability: float, bounds: Thresholds) -> Fact:
    found = findings.stability(stability, bounds.stability)
    detail = (
        f"rank correlation after 1 % of noise; at least {formats.figure(bounds.stability, 2)} asked"
    )
    return _judged("Stable", formats.figure(stability, 2), detail, found)


def _faithfulness(quality: QualityPart, bounds: Thresholds) -> list[Fact]:
    """The two tests in which features go, or come back, in the order of the explanation."""
    tests: tuple[tuple[Literal["deletion", "insertion"], str, float | None, float | None], ...] = (
        ("deletion", "Faithful, taking away", quality.deletion, quality.deletion_random),
        ("insertion", "Faithful, putting back", quality.insertion, quality.insertion_random),
    )
    return [
        _against_chance(
            label,
            area,
            by_chance,
            findings.faithfulness(kind, area, by_chance, bounds.faithfulness),
        )
        for kind, label, area, by_chance in tests
        if area is not None and by_chance is not None
    ]


def _against_chance(label: str, area: float, by_chance: float, found: Finding) -> Fact:
    detail = (
        f"how far the output moves in this order; {formats.figure(by_chance, 2)} in random order"
    )
    return _judged(label, formats.figure(area, 2), detail, found)


def _fidelity(lime: LimePart, bounds: Thresholds) -> Fact:
    r2 = lime.r2 or 0.0
    detail = (
        f"of a straight line near this case; at least {formats.figure(bounds.lime_r2, 2)} asked"
    )
    found = findings.fidelity(r2, bounds.lime_r2)
    return _judged("LIME's fidelity", f"R² {formats.figure(r2, 2)}", detail, found)


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
