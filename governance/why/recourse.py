"""What would have changed the outcome, as a part of the answer: one for each state it can be in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from explain.queries import ProfileView
from explain.questions import Asked
from explain.recourse.policy import Policy
from governance.why.parts import Actionable, Change, RecourseAnswer, RecoursePart

NO_PROFILE: Final = "No explanation profile is registered for {ref}, so nothing can be computed."
NO_POLICY: Final = (
    "No recourse policy is registered for {ref}: nobody has said what a person can change, "
    "and it is not guessed."
)
FAVOURABLE: Final = "Not applicable: the outcome is favourable already."
SCORE_FAVOURABLE: Final = (
    "Not applicable: the model's score is on the favourable side already. What decided against the person lies "
    "outside of it."
)
NOT_COMPUTED: Final = "Not computed yet. It is computed when it is asked for."
PENDING: Final = "A worker looks for it."
NONE: Final = "None within policy: no change that the policy allows would have turned the outcome."
NONE_FOUND: Final = (
    "None found within policy among {n:,} candidates; there are more than could be looked at, "
    "so one may exist."
)
ERASED: Final = "Erased with the person's data."
DAMAGED: Final = "The record is damaged, so there is nothing to compute it from."


def recourse_part(
    *,
    profile: ProfileView | None,
    model_ref: str,
    adverse: bool | None,
    question: Asked | None,
    gone: str = "",
) -> RecoursePart:
    """``question`` is the one to answer from, None when none was asked; ``gone``: "erased" or "damaged"."""
    if gone:
        return RecoursePart(gone, ERASED if gone == "erased" else DAMAGED)
    if profile is None:
        return RecoursePart("not_available", NO_PROFILE.format(ref=model_ref))
    policy = profile.specification.recourse
    if policy is None:
        return RecoursePart("not_available", NO_POLICY.format(ref=model_ref))
    if adverse is False:
        return RecoursePart("not_applicable", FAVOURABLE)
    if question is None:
        return RecoursePart("not_computed", NOT_COMPUTED, actionable=actionable(profile, policy))
    return _answered(profile, policy, adverse, question)


def _answered(
    profile: ProfileView, policy: Policy, adverse: bool | None, question: Asked
) -> RecoursePart:
    told: dict[str, Any] = {
        "id": question.id,
        "wishes": question.said,
        "actionable": actionable(profile, policy),
    }
    if question.content is None:
        details = {"pending": PENDING, "erased": ERASED}
        return RecoursePart(question.state, details.get(question.state, question.detail), **told)
    content = question.content
    state, detail = _state(content, adverse)
    return RecoursePart(
        state=state,
        detail=detail,
        **told,
        favourable_label=profile.specification.favourable_label,
        answers=tuple(_answer(profile, one, content) for one in content["answers"]),
        proven=content["proven"],
        looked_at=content["looked_at"],
        probability=content["probability"],
        threshold=content["threshold"],
        distance=content["distance"],
        artefact_digest=content["artefact_digest"],
        policy_digest=content["policy_digest"],
        seed=content["seed"],
        computed_at=question.answered_at,
        duration_ms=question.duration_ms,
        entry_id=question.log_entry,
    )


def _state(content: Mapping[str, Any], adverse: bool | None) -> tuple[str, str]:
    if content["outcome"] == "favourable":
        return "not_applicable", SCORE_FAVOURABLE if adverse else FAVOURABLE
    if content["outcome"] == "found":
        return "ready", ""
    return "none", NONE if content["proven"] else NONE_FOUND.format(n=content["looked_at"])


def _answer(
    profile: ProfileView, answer: Mapping[str, Any], content: Mapping[str, Any]
) -> RecourseAnswer:
    features = {feature.name: feature for feature in profile.specification.features}
    changes = tuple(
        Change(
            feature=one["feature"],
            label=features[one["feature"]].label,
            unit=features[one["feature"]].unit,
            before=one["from"],
            after=one["to"],
            days=one["days"],
        )
        for one in answer["changes"]
    )
    return RecourseAnswer(
        changes=changes,
        cost=answer["cost"],
        days=answer["days"],
        probability=answer["probability"],
        margin=abs(answer["probability"] - content["threshold"]),
    )


def actionable(profile: ProfileView, policy: Policy) -> tuple[Actionable, ...]:
    """What the policy lets a person change, in the order of the profile's features."""
    found = []
    for feature in profile.specification.features:
        rule = policy.rule(feature.name)
        if rule is not None and rule.direction is not None and feature.role != "protected":
            found.append(
                Actionable(
                    feature=feature.name,
                    label=feature.label,
                    unit=feature.unit,
                    direction=rule.direction,
                    lower=rule.lower,
                    upper=rule.upper,
                    step=rule.step,
                    allowed=rule.allowed,
                    days=rule.lag_days,
                    note=rule.note,
                )
            )
    return tuple(found)
