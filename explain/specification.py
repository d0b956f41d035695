"""What the owner of a version says about it, frozen with it: features, score, threshold, reasons. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import log
from typing import Any, Literal

from explain.catalogue import Catalogue, Reason, Standing

BACKGROUNDS = ("all_applicants", "near_cutoff", "approved", "custom")


@dataclass(frozen=True)
class Feature:
    """A feature as a person knows it. ``role`` protected or proxy raises an alarm when it moves a decision."""

    name: str
    label: str
    kind: Literal["number", "category"]
    unit: str = ""
    role: Literal["feature", "protected", "proxy"] = "feature"
    description: str = ""


@dataclass(frozen=True)
class Specification:
    """Everything about a version that explaining it needs, besides artefact and background.

    positive:        the class whose probability is the score, as it stands in the model's classes.
    adverse_when:    on which side of ``threshold`` (a probability of ``positive``) the outcome is against the person.
    background_kind: of the two that comment 5 to 12 CFR 1002.9(b)(2) names, ``near_cutoff`` or ``all_applicants``;
                     or ``approved``, or ``custom`` with its meaning in ``background_note``.
    """

    features: tuple[Feature, ...]
    positive: str | int
    adverse_label: str
    favourable_label: str
    threshold: float
    adverse_when: Literal["at_or_above", "below"]
    background_kind: str
    background_note: str
    reasons: tuple[Reason, ...]
    languages: tuple[str, ...] = ("en",)
    score_is: Literal["probability"] = "probability"
    lime_mode: Literal["lime-empirical", "lime-compat"] = "lime-empirical"
    seed: int = 0

    def problems(self) -> list[str]:
        """What keeps this specification from being used, a sentence each; empty when nothing does."""
        names = [feature.name for feature in self.features]
        found = []
        if not names:
            found.append("There are no features.")
        if len(set(names)) < len(names):
            found.append("A feature is named twice.")
        if not 0.0 < self.threshold < 1.0:
            found.append("The threshold is a probability between 0 and 1.")
        if self.background_kind not in BACKGROUNDS:
            found.append(f"The background is one of {', '.join(BACKGROUNDS)}.")
        unknown = {name for reason in self.reasons for name in reason.features} - set(names)
        if unknown:
            found.append(f"A reason names '{min(unknown)}', which is no feature.")
        missing = [r.code for r in self.reasons for lang in self.languages if lang not in r.text]
        if missing:
            found.append(f"Reason {missing[0]} has no text in one of the languages.")
        return found + self._catalogue_problems()

    def _catalogue_problems(self) -> list[str]:
        try:
            self.catalogue()
        except ValueError as error:
            return [str(error)]
        return []

    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    def catalogue(self) -> Catalogue:
        """The reasons in the form that ``explain.reasons`` applies. Raises ValueError."""
        standing: dict[str, Standing] = {
            feature.name: feature.role for feature in self.features if feature.role != "feature"
        }
        return Catalogue(self.reasons, standing)

    def adverse_sign(self) -> Literal[1, -1]:
        """1 where a higher probability of ``positive`` is against the person."""
        return 1 if self.adverse_when == "at_or_above" else -1

    def is_adverse(self, probability: float, threshold: float) -> bool:
        at_or_above = probability >= threshold
        return at_or_above if self.adverse_when == "at_or_above" else not at_or_above

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Specification:
        fields = dict(stored)
        fields["features"] = tuple(Feature(**feature) for feature in fields["features"])
        fields["reasons"] = tuple(
            Reason(
                reason["code"], tuple(reason["features"]), reason["text"], reason.get("detail", {})
            )
            for reason in fields["reasons"]
        )
        fields["languages"] = tuple(fields["languages"])
        return cls(**fields)


def logit(probability: float) -> float:
    """log(p / (1 − p)) for 0 < p < 1."""
    return log(probability / (1.0 - probability))
