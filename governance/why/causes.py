"""Why there is no explanation, in words: what it means for the person, and what can be done about it.

The sentence that was recorded stands beside these where a reader may see it: it can tell of scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Way = Literal["version", "replay", "verify", "log", "again"]

_STANDS: Final = "The decision stands as it was recorded."
_ASK: Final = "Its reasons have to come from a person: ask for them."


@dataclass(frozen=True, slots=True)
class Told:
    """``meaning``: for whoever the decision is about, without a figure. ``remedy``: what whoever answers
    for the version can do. ``way``: where the page leads to do it. ``alone``: the meaning says all there is to
    say to the person."""

    title: str
    meaning: str
    remedy: str
    way: Way
    alone: bool = False

    def to_person(self, adverse: bool | None) -> str:
        """The meaning, and who has to answer instead: nobody owes reasons for a favourable outcome."""
        if self.alone:
            return self.meaning
        return " ".join([self.meaning, _STANDS, *([] if adverse is False else [_ASK])])


CAUSES: Final[Mapping[str, Told]] = {
    "output_not_reproduced": Told(
        "The model does not give what was recorded",
        "The registered model, asked again, does not give the recorded result. Whatever explained it would be of "
        "another decision, so nothing is shown.",
        "Replay the decision to see how far off the artefact is. Either another model decided than the one that is "
        "registered, or features were changed between recording and scoring.",
        "replay",
    ),
    "features_refused": Told(
        "The recorded inputs do not fit the model",
        "The inputs in the record are not those that this version of the model takes.",
        "Compare the recorded features below with those of the version's profile: a name, a type or a category "
        "differs. Callers then send what the profile names, or a new version is registered with the right profile.",
        "version",
    ),
    "not_finite": Told(
        "The model gives no number for these inputs",
        "For the recorded inputs the model's result is not a finite number.",
        "Whoever built the version looks at these inputs: an overflow or a division by nought is in the model. A "
        "mended model is a new version.",
        "version",
    ),
    "record_damaged": Told(
        "The record is damaged",
        "What is stored is not what was sealed when the decision was made, so nothing may be computed from it. "
        "Whoever runs this service has to find out what happened.",
        "Verify the record, then compare with a backup: its header and place in the log say what it has to hash to.",
        "verify",
        alone=True,
    ),
    "artefact_missing": Told(
        "The model's file is missing",
        "The file of the model that decided is no longer in the store, and no other model may explain the decision.",
        "An administrator puts the file with this digest back into the artefact store, then the explanation is "
        "asked for again. The version's page shows the digest.",
        "again",
    ),
    "digest_mismatch": Told(
        "The model's file was changed",
        "The stored file is not the model that decided: its digest differs from the registered one. It is not used.",
        "An alert stands in the audit log. An administrator finds out who changed the file and puts the registered one "
        "back; then the explanation is asked for again.",
        "log",
    ),
    "artefact_refused": Told(
        "The model's file is not trusted",
        "The file of the model is not one that this service opens, so nothing was computed with it.",
        "Whoever built the version stores it in a form that is opened without running its code (skops, a library's "
        "own format, ONNX) and registers it as a new version.",
        "version",
    ),
    "not_allowed": Told(
        "This installation does not allow what the model needs",
        "The model needs something that is switched off here.",
        "An administrator reads the sentence below and decides whether to allow it (docs/models.md names the "
        "settings); then the explanation is asked for again.",
        "again",
    ),
    "unreachable": Told(
        "The model did not answer",
        "The model runs on another machine, and that machine gave no usable answer. It may answer later.",
        "See that the model's server is up and reachable from here, then ask again.",
        "again",
        alone=True,
    ),
    "unsupported": Told(
        "This kind of model cannot be explained exactly",
        "No method here explains this kind of model exactly, and nothing inexact is passed off as exact.",
        "Explained are scikit-learn pipelines, XGBoost, LightGBM, CatBoost, ONNX and remote models (docs/models.md "
        "says what of each). The sentence below names what is in the way.",
        "version",
    ),
    "process_ended": Told(
        "The model's own process ended",
        "The model ran apart from the service, and ended before it answered.",
        "An administrator looks at the limits of confined models (memory, processor time): docs/models.md names them. "
        "Then the explanation is asked for again.",
        "again",
    ),
    "given_up": Told(
        "The explanation was given up",
        "Computing it ended a worker several times, so it was set aside. The decision and its proof are not touched "
        "by this.",
        "The workers' own log has what ended them, most often memory. When that is mended, ask again.",
        "again",
    ),
    "no_profile": Told(
        "This version has no explanation profile",
        "Nobody registered what is needed to explain this version of the model.",
        "Whoever answers for the version registers a profile: artefact, background and feature names. Decisions made "
        "until then are brought in by a back-fill.",
        "version",
    ),
}
# From before causes were kept.
UNKNOWN: Final[Mapping[str, Told]] = {
    "refused": Told(
        "No explanation is given",
        "An explanation that is not of the recorded decision would mislead, so none is shown.",
        "The sentence below says why. A replay says how far the artefact is off.",
        "replay",
    ),
    "failed": Told(
        "The explanation failed",
        "The decision and its proof are not touched by this.",
        "The workers' own log has what went wrong.",
        "again",
    ),
}


def told(state: str, cause: str) -> Told | None:
    """The words for an explanation in this state; None where it is on its way, or erased."""
    if cause in CAUSES:
        return CAUSES[cause]
    return UNKNOWN.get(state)
