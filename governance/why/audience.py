"""Who asks shapes what is told: the person concerned, a reviewer, an examiner."""

from __future__ import annotations

from dataclasses import replace

from governance.why.causes import told
from governance.why.parts import (
    ExplanationPart,
    LimePart,
    QualityPart,
    RecoursePart,
    ReplayPart,
    Why,
)

AUDIENCES = ("subject", "reviewer", "examiner")
NOT_FOR_SUBJECT = "The figures behind the reasons are shown to reviewers and examiners."


def for_audience(answer: Why, audience: str) -> Why:
    """The answer with what ``audience`` may not see taken out; a part taken out says so.

    - *subject*: their own data, the outcome, the role of the AI and the principal reasons in plain words. No score,
      threshold or weights (trade secrets are kept, the procedure actually applied is told: CJEU C-203/22), and
      nobody's name.
    - *reviewer*: everything but segments, which are kept out of a reviewer's reach.
    - *examiner*: everything.
    """
    if audience == "examiner":
        return replace(answer, audience=audience)
    if audience == "reviewer":
        return replace(answer, audience=audience, decision=replace(answer.decision, segments=None))
    adverse = answer.decision.adverse
    return replace(
        answer,
        audience=audience,
        decision=replace(
            answer.decision,
            actor="",
            score=None,
            threshold=None,
            probabilities=None,
            segments=None,
            trace_id=None,
            latency_ms=None,
            context=None,
        ),
        explanation=hidden_explanation(answer.explanation, adverse),
        lime=LimePart("withheld", NOT_FOR_SUBJECT),
        quality=QualityPart("withheld", NOT_FOR_SUBJECT),
        # Both are for whoever answers for the reasons, and tell of the score.
        reasons=replace(
            answer.reasons,
            alarms=(),
            warnings=(),
            detail=plain(
                answer.reasons.state,
                answer.explanation.cause,
                answer.reasons.detail,
                answer.decision.adverse,
            ),
        ),
        recourse=recourse_for(answer.recourse, audience),
        timeline=tuple(
            replace(item, actor="") for item in answer.timeline if item.kind != "access"
        ),
    )


def hidden_explanation(part: ExplanationPart, adverse: bool | None) -> ExplanationPart:
    """The explanation's state without its figures, and without a sentence that tells of them."""
    if part.state != "ready":
        return replace(part, detail=plain(part.state, part.cause, part.detail, adverse))
    return ExplanationPart(
        state="ready",
        detail=NOT_FOR_SUBJECT,
        method=part.method,
        artefact_digest=part.artefact_digest,
        computed_at=part.computed_at,
        entry_id=part.entry_id,
    )


def plain(state: str, cause: str, detail: str, adverse: bool | None) -> str:
    """What a refusal means for the person: the sentence that was recorded may name a score."""
    known = told(state, cause) if state in ("refused", "failed") else None
    return known.to_person(adverse) if known else detail


def recourse_for(part: RecoursePart, audience: str) -> RecoursePart:
    """For the person concerned: what to change, how long it takes, and no score, threshold or weight."""
    if audience != "subject":
        return part
    return replace(
        part,
        answers=tuple(replace(one, probability=None, margin=None) for one in part.answers),
        probability=None,
        threshold=None,
        distance=None,
        looked_at=None,
        seed=None,
        duration_ms=None,
    )


def replay_for(part: ReplayPart, audience: str) -> ReplayPart:
    """For the person concerned: whether the outcome comes out again, and no score."""
    if audience != "subject":
        return part
    return replace(part, recorded=None, computed=None, difference=None)
