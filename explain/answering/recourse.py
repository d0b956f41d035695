"""What would have changed the outcome, as answers: the search, bound to artefact, policy and seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from audit.canonical import canonical
from audit.queries import Payload
from explain.answering.given import Given
from explain.answering.prepared import taken_apart
from explain.computation import obstacle
from explain.engines import Engine, engine
from explain.explanations import task
from explain.models import Profile
from explain.recourse.narrowing import narrowed
from explain.recourse.policy import Policy, Wishes
from explain.recourse.search import Answer, Case, Goal, Outcome, search
from explain.refusals import Refused, said_of


def answers(
    profile: Profile | None, payloads: Sequence[Payload], said: Mapping[str, Any]
) -> list[Given]:
    """For each decision the cheapest changes under the version's policy and these wishes, in order.

    The same path as explanations: the pinned artefact, and only where it gives the recorded score again. Raises
    Refused or Unsupported where no decision of the version can be answered.
    """
    if profile is None:
        raise Refused("No explanation profile is registered for this version.")
    ready = engine(profile)
    policy = ready.specification.recourse
    if policy is None:
        raise Refused("No recourse policy is registered for this version.")
    if ready.specification.task == "multiclass":
        raise Refused(
            "What would have changed the outcome is told where a threshold decides; "
            "this version chooses among several classes."
        )
    damaged = {
        one.entry_id: Given("refused", f"The record is damaged: {one.damage}")
        for one in payloads
        if one.damage
    }
    whole = [one for one in payloads if not one.damage]
    wishes = Wishes.from_json(said)
    found = dict(
        zip([one.entry_id for one in whole], _together(ready, policy, wishes, whole), strict=True)
    )
    return [(damaged | found)[one.entry_id] for one in payloads]


def _together(
    ready: Engine, policy: Policy, wishes: Wishes, payloads: Sequence[Payload]
) -> list[Given]:
    try:
        outcomes = _search(ready, narrowed(policy, wishes), payloads)
    except ValueError as error:
        # BadRows, or the model's own refusal of a row. One bad row must not cost the others theirs.
        if len(payloads) == 1:
            return [Given("refused", said_of(error, payloads[0].features))]
        return [_together(ready, policy, wishes, [one])[0] for one in payloads]
    return [
        _given(ready, policy, one, outcome) for one, outcome in zip(payloads, outcomes, strict=True)
    ]


def _search(ready: Engine, policy: Policy, payloads: Sequence[Payload]) -> list[Outcome]:
    specification = ready.specification
    return search(
        ready.explainer.score,
        specification.names(),
        [Case(one.features, _threshold(ready, one)) for one in payloads],
        policy,
        Goal(specification.adverse_when == "at_or_above"),
        protected=[f.name for f in specification.features if f.role == "protected"],
        prepared=taken_apart(ready.explainer),
    )


def _threshold(ready: Engine, payload: Payload) -> float:
    given = payload.output.get("threshold")
    return float(ready.specification.threshold if given is None else given)


def _given(ready: Engine, policy: Policy, payload: Payload, outcome: Outcome) -> Given:
    if reason := obstacle(ready, task(payload), outcome.probability):
        return Given("refused", reason)
    threshold = _threshold(ready, payload)
    return Given(
        "ready",
        content={
            "outcome": outcome.state,
            "artefact_digest": ready.artefact_digest,
            "specification_digest": ready.specification_digest,
            "policy_digest": digest_of(policy),
            "seed": ready.specification.seed,
            "libraries": ready.libraries,
            "probability": outcome.probability,
            "threshold": threshold,
            "distance": abs(outcome.probability - threshold),
            "answers": [_answer(policy, payload.features, one) for one in outcome.answers],
            "proven": outcome.proven,
            "looked_at": outcome.looked_at,
        },
    )


def digest_of(policy: Policy) -> str:
    return hashlib.sha256(canonical(policy.to_json())).hexdigest()


def _answer(policy: Policy, before: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    lags = {rule.feature: rule.lag_days for rule in policy.rules}
    return {
        "changes": [
            {"feature": name, "from": before.get(name), "to": value, "days": lags[name]}
            for name, value in answer.changed.items()
        ],
        "cost": answer.cost,
        # Changes are made beside each other: the answer takes as long as its slowest.
        "days": max(lags[name] for name in answer.changed),
        "probability": answer.probability,
    }
