"""What a replay says of one decision: match, drift, or why it cannot be told. Plain Python."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from explain.specification import Specification

# As for explanations: what differs by no more is the same figure, carried through JSON and float32 models.
TOLERANCE = 1e-6

Cause = Literal[
    "",
    "erased",
    "damaged",
    "no_profile",
    "artefact_missing",
    "digest_mismatch",
    "artefact_refused",
    "features_refused",
    "nothing_recorded",
]
CAUSES: dict[str, str] = {
    "erased": "the person was erased",
    "damaged": "the record is not what was sealed",
    "no_profile": "the version has no profile",
    "artefact_missing": "the artefact is gone from the store",
    "digest_mismatch": "the artefact is not the one that was registered",
    "artefact_refused": "the artefact cannot be used",
    "features_refused": "the recorded features are not what the version takes",
    "nothing_recorded": "neither score nor label was recorded",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """state: match, drift, or cannot with a ``cause`` and a sentence. difference: computed minus recorded, None where
    no score was recorded; flipped: whether the label would be another one."""

    state: Literal["match", "drift", "cannot"]
    cause: Cause = ""
    detail: str = ""
    recorded: float | None = None
    computed: float | None = None
    difference: float | None = None
    label: str | None = None
    label_now: str | None = None
    flipped: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def cannot(cause: Cause, detail: str) -> Verdict:
    return Verdict("cannot", cause, detail)


def judge(
    specification: Specification,
    *,
    computed: float,
    score: float | None,
    label: str | None,
    threshold: float | None,
    chosen: str | None = None,
) -> Verdict:
    """Hold what the artefact gives now against what was recorded.

    The label is compared only where it is one of the specification's two: what a rule or a person decided beside the
    score is not the artefact's to reproduce. ``chosen``: the class of the highest probability, where there are several;
    ``computed`` is then that probability.
    """
    if chosen is None:
        limit = specification.threshold if threshold is None else threshold
        adverse = specification.is_adverse(computed, limit)
        now = specification.adverse_label if adverse else specification.favourable_label
        comparable = label in (specification.adverse_label, specification.favourable_label)
    else:
        comparable = label is not None
        # A class may go by a name of the decisions' own.
        now = label if label and str(specification.class_of(label)) == chosen else chosen
    if score is None and not comparable:
        return cannot(
            "nothing_recorded", "Neither a score nor a label of this version was recorded."
        )
    difference = None if score is None else computed - score
    drifted = difference is not None and abs(difference) > TOLERANCE * max(1.0, abs(score or 0.0))
    flipped = comparable and label != now
    return Verdict(
        state="drift" if drifted or flipped else "match",
        recorded=score,
        computed=computed,
        difference=difference,
        label=label,
        label_now=now,
        flipped=flipped,
    )
