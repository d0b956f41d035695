"""What the owner of a version says about it, frozen with it: features, score, threshold, reasons. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import log
from typing import Any, Literal

from explain.catalogue import Catalogue, Reason, Rule, Standing

BACKGROUNDS = ("all_applicants", "near_cutoff", "approved", "custom")


@dataclass(frozen=True)
class Feature:
    """A feature as a person knows it. ``role`` protected or proxy raises an alarm when it moves a decision.

    ``classes``: of a coded feature, per code (as text) and language, what the code means.
    """

    name: str
    label: str
    kind: Literal["number", "category"]
    unit: str = ""
    role: Literal["feature", "protected", "proxy"] = "feature"
    description: str = ""
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Specification:
    """Everything about a version that explaining it needs, besides artefact and background.

    positive:        the class whose probability is the score, as it stands in the model's classes.
    adverse_when:    on which side of ``threshold`` (a probability of ``positive``) the outcome is against the person.
    background_kind: of the two that comment 5 to 12 CFR 1002.9(b)(2) names, ``near_cutoff`` or ``all_applicants``;
                     or ``approved``, or ``custom`` with its meaning in ``background_note``.
    rules:           automatic rules that may decide beside the model, with their wording.
    most_reasons:    how many principal reasons are given; None: as the use case's policy says.
    credit_score:    whether the score is a credit score in the sense of 15 USC 1681g(f)(2)(A), so
                     that its key factors are told apart from the principal reasons.
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
    rules: tuple[Rule, ...] = ()
    most_reasons: int | None = None
    credit_score: bool = False

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
        worded = [(one.code, one.text) for one in self.reasons]
        worded += [(rule.code, rule.text) for rule in self.rules]
        missing = [code for code, text in worded for lang in self.languages if lang not in text]
        if missing:
            found.append(f"Reason {missing[0]} has no text in one of the languages.")
        if self.most_reasons is not None and not 1 <= self.most_reasons <= 10:
            found.append("Between one and ten principal reasons are given.")
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
        classes = {feature.name: feature.classes for feature in self.features if feature.classes}
        return Catalogue(self.reasons, standing, classes=classes, rules=self.rules)

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
            Reason(**{**reason, "features": tuple(reason["features"])})
            for reason in fields["reasons"]
        )
        fields["rules"] = tuple(Rule(**rule) for rule in fields.get("rules", ()))
        fields["languages"] = tuple(fields["languages"])
        return cls(**fields)


def logit(probability: float) -> float:
    """log(p / (1 − p)) for 0 < p < 1."""
    return log(probability / (1.0 - probability))
