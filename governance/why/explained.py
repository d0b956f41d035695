"""The parts that come from an explanation: one for each state it can be in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from explain.queries import ExplanationView
from explain.stated import stated
from explain.stated import warnings as stated_warnings
from explain.told import ReasonView, said_by_others
from governance.why.parts import (
    Attribution,
    ExplanationPart,
    Interval,
    LimePart,
    LimeWeight,
    QualityPart,
    Reason,
    ReasonsPart,
)

NO_PROFILE = "No explanation profile is registered for {ref}, so this decision cannot be explained."
ERASED = "Erased with the person's data."
# Half-width of a 95 % normal interval, in standard errors.
Z = 1.959963984540054


def explanation_part(view: ExplanationView | None, model_ref: str) -> ExplanationPart:
    if view is None:
        return ExplanationPart(
            "not_available", NO_PROFILE.format(ref=model_ref), cause="no_profile"
        )
    if view.state != "ready":
        return ExplanationPart(
            view.state, view.detail, view.cause, artefact_digest=view.artefact_digest
        )
    return ExplanationPart(
        state="ready",
        detail=view.detail,
        method=view.method,
        output_space=view.output_space,
        base=view.base,
        output=view.output,
        threshold=view.threshold,
        probability=view.probability,
        positive=view.positive,
        attributions=tuple(
            Attribution(
                feature=row.feature,
                label=row.label,
                value=row.value,
                unit=row.unit,
                phi=row.phi,
                interval=None
                if row.error is None
                else Interval(row.phi - Z * row.error, row.phi + Z * row.error),
            )
            for row in view.attributions
        ),
        artefact_digest=view.artefact_digest,
        background_digest=view.background_digest,
        background_kind=view.background_kind,
        background_size=view.background_size,
        background_note=view.background_note,
        seed=view.seed,
        libraries=view.libraries,
        computed_at=view.computed_at,
        duration_ms=view.duration_ms,
        entry_id=view.entry_id,
    )


def waiting(view: ExplanationView | None) -> tuple[str, str]:
    """State and sentence of a part that has nothing to show because the explanation is not ready."""
    if view is None:
        return "not_available", "There is no explanation to take it from."
    return view.state, view.detail


def lime_part(view: ExplanationView | None) -> LimePart:
    if view is None or view.state != "ready":
        return LimePart(*waiting(view))
    lime = view.lime
    if lime is None:
        return LimePart("not_available", "LIME was not computed for this version.")
    return LimePart(
        state=lime.state,
        detail=lime.detail,
        mode=lime.mode,
        r2=lime.r2,
        intercept=lime.intercept,
        local_prediction=lime.local_prediction,
        samples=lime.samples,
        weights=tuple(
            LimeWeight(row.feature, row.label, row.value, row.weight) for row in lime.rows
        ),
    )


def quality_part(view: ExplanationView | None) -> QualityPart:
    if view is None or view.state != "ready" or view.quality is None:
        return QualityPart(*waiting(view))
    quality = view.quality
    return QualityPart(
        state="ready",
        detail="",
        residual=quality.residual,
        residual_limit=quality.residual_limit,
        additive=quality.additive,
        reproduced=quality.reproduced,
        recorded_score=quality.recorded_score,
        computed_score=quality.computed_score,
        rank_agreement=quality.rank_agreement,
        top4_overlap=quality.top4_overlap,
        standard_error=quality.standard_error,
        deletion=quality.deletion,
        deletion_random=quality.deletion_random,
        insertion=quality.insertion,
        insertion_random=quality.insertion_random,
        stability=quality.stability,
        thresholds=quality.thresholds,
        warnings=quality.warnings,
    )


def reasons_part(
    view: ExplanationView | None, lang: str, content: Mapping[str, Any] | None = None
) -> ReasonsPart:
    """The principal reasons. Those stated by the decision's maker need no explanation, nor a profile."""
    if view is None:
        found = stated((content or {}).get("context"))
        if found:
            return ReasonsPart(
                "ready",
                "",
                lang,
                _items(said_by_others(found, lang)),
                warnings=stated_warnings(found),
            )
        return ReasonsPart(*waiting(view), lang=lang)
    if view.adverse is False:
        detail = "The outcome is not adverse, so there are no reasons against the person."
        return ReasonsPart("none", detail, lang)
    if view.state != "ready" and not view.reasons:
        return ReasonsPart(*waiting(view), lang=lang)
    if not view.reasons:
        return ReasonsPart("none", "Nothing in the inputs counted against this outcome.", lang)
    return ReasonsPart(
        state="ready",
        detail="",
        lang=lang,
        items=_items(view.reasons),
        alarms=view.alarms,
        warnings=view.reason_warnings,
        key_factors=_items(view.key_factors),
    )


def _items(reasons: Sequence[ReasonView]) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            reason.code,
            reason.text,
            reason.detail,
            reason.features,
            reason.share,
            reason.near_tie,
            reason.other,
            reason.lang,
            reason.kind,
        )
        for reason in reasons
    )


def erased_parts(lang: str) -> dict[str, Any]:
    return {
        "explanation": ExplanationPart("erased", ERASED),
        "lime": LimePart("erased", ERASED),
        "quality": QualityPart("erased", ERASED),
        "reasons": ReasonsPart("erased", ERASED, lang),
    }
