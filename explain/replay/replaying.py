"""Replaying decisions of one version with the artefact its profile pins. For workers: brings the array libraries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from audit.queries import Payload
from explain import artefacts
from explain.artefacts import DigestMismatch, Missing
from explain.engines import Engine, engine
from explain.models import Profile
from explain.refusals import Refused, Unsupported, said_of
from explain.replay.verdicts import Cause, Verdict, cannot, judge


def replay(profile: Profile | None, payloads: Sequence[Payload]) -> list[Verdict]:
    """What the artefact gives for the recorded features of each decision, held against what was recorded, in order.

    The artefact is read and hashed again, however long its model has been in memory: that the file is still the one
    is what is asked.
    """
    if profile is None:
        return [
            cannot("no_profile", "No explanation profile is registered for this version.")
            for _ in payloads
        ]
    try:
        artefacts.read(profile.artefact_digest)
        ready = engine(profile)
    except (Refused, Unsupported) as refusal:
        return [cannot(cause_of(refusal), str(refusal)) for _ in payloads]
    return _judged(ready, payloads)


def cause_of(refusal: Exception) -> Cause:
    if isinstance(refusal, Missing):
        return "artefact_missing"
    return "digest_mismatch" if isinstance(refusal, DigestMismatch) else "artefact_refused"


def _judged(ready: Engine, payloads: Sequence[Payload]) -> list[Verdict]:
    verdicts = {one.entry_id: _unreadable(one) for one in payloads if one.erased or one.damage}
    whole = [one for one in payloads if one.entry_id not in verdicts]
    for one, computed in zip(whole, _computed(ready, whole), strict=True):
        verdicts[one.entry_id] = (
            computed if isinstance(computed, Verdict) else _held_against(ready, one, computed)
        )
    return [verdicts[one.entry_id] for one in payloads]


def _unreadable(payload: Payload) -> Verdict:
    if payload.erased:
        return cannot("erased", "The person's data was erased: there is nothing to replay.")
    return cannot("damaged", f"The record is damaged: {payload.damage}")


class Computed(NamedTuple):
    """What the artefact gives; ``chosen``: the class, where it chooses among several."""

    score: float
    chosen: str | None


def _computed(ready: Engine, payloads: Sequence[Payload]) -> list[Computed | Verdict]:
    if not payloads:
        return []
    try:
        return list(_scores(ready, [one.features for one in payloads]))
    except ValueError as error:
        # One bad row must not cost the others theirs: halve until it stands alone.
        if len(payloads) == 1:
            return [cannot("features_refused", said_of(error, payloads[0].features))]
        middle = len(payloads) // 2
        return _computed(ready, payloads[:middle]) + _computed(ready, payloads[middle:])


def _scores(ready: Engine, rows: Sequence[Mapping[str, Any]]) -> Iterator[Computed]:
    if ready.specification.task != "multiclass":
        return (Computed(score, None) for score in ready.explainer.score(rows).tolist())
    probabilities, classes = ready.probabilities(rows), ready.classes()
    chosen = probabilities.argmax(axis=1)
    return (
        Computed(float(row[at]), str(classes[at]))
        for row, at in zip(probabilities, chosen, strict=True)
    )


def _held_against(ready: Engine, payload: Payload, computed: Computed) -> Verdict:
    output = payload.output
    return judge(
        ready.specification,
        computed=computed.score,
        chosen=computed.chosen,
        score=output.get("score"),
        label=output.get("label"),
        threshold=output.get("threshold"),
    )
