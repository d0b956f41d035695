"""What the owner of a version says about it, frozen with it: features, score, threshold, reasons. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite, log
from typing import Any, Literal

from explain.catalogue import Catalogue, Reason, Rule, Standing
from explain.findings import Thresholds
from explain.recourse.policy import Policy

BACKGROUNDS = ("all_applicants", "near_cutoff", "approved", "custom")
TASKS = ("binary", "multiclass", "regression")
# Fields that came later: left out of the JSON while they hold their default, so that the digest of
# what was registered before them stays what it was.
_LATER = (
    "task", "unit", "labels", "further_adverse", "shapley", "space", "evaluations", "black_box_rows", "thresholds",
    "recourse", "rules", "most_reasons", "credit_score",
)  # fmt: skip
# Likewise of each feature and each reason: left out where there is nothing to say.
_LATER_WITHIN = ("classes", "missing", "inquiries")


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

    task:            what the model does, and so what a decision's score is and what is explained of it:
                     ``binary``      score: the probability of ``positive``; label: by ``threshold``.
                                     Explained: ``positive``.
                     ``multiclass``  label: the class of the highest probability; score: that probability.
                                     Explained: the class that the decision recorded. No threshold.
                     ``regression``  score: the prediction in ``unit``; label: by ``threshold`` in ``unit``.
                                     Explained: the prediction.
    positive:        the class whose probability is the score, as in the model's classes; only for ``binary``.
    adverse_when:    on which side of ``threshold`` (a probability of ``positive``) the outcome is against the person.
    labels:          what decisions call a class where that is not the class itself: label to class; for ``multiclass``.
    further_adverse: labels against the person besides ``adverse_label``; for ``multiclass``.
    background_kind: of the two that comment 5 to 12 CFR 1002.9(b)(2) names, ``near_cutoff`` or ``all_applicants``;
                     or ``approved``, or ``custom`` with its meaning in ``background_note``.
    rules:           automatic rules that may decide beside the model, with their wording.
    most_reasons:    how many principal reasons are given; None: as the use case's policy says.
    credit_score:    whether the score is a credit score in the sense of 15 USC 1681g(f)(2)(A), so
                     that its key factors are told apart from the principal reasons.
    shapley:         against the background's joint values (interventional), or along the trees' own training shares.
    space:           the scale of the contributions: ``auto`` is the model's own (log-odds where it adds up log-odds).
    evaluations:     the most times the model may be asked for one explanation where only asking it tells anything.
    black_box_rows:  for such a model, how many rows of the background stand for all; 0: every one of them.
    thresholds:      beyond which quality figures become warnings beside the reasons.
    recourse:        what a person can change; None where nobody has said it, and then nothing is told.
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
    task: Literal["binary", "multiclass", "regression"] = "binary"
    unit: str = ""
    labels: Mapping[str, str | int] = field(default_factory=dict)
    further_adverse: tuple[str, ...] = ()
    shapley: Literal["interventional", "path-dependent"] = "interventional"
    space: Literal["auto", "log-odds", "probability"] = "auto"
    evaluations: int = 500_000
    black_box_rows: int = 0
    thresholds: Thresholds = field(default_factory=Thresholds)
    recourse: Policy | None = None

    def problems(self) -> list[str]:
        """What keeps this specification from being used, a sentence each; empty when nothing does."""
        names = [feature.name for feature in self.features]
        found = []
        if not names:
            found.append("There are no features.")
        if len(set(names)) < len(names):
            found.append("A feature is named twice.")
        found += self._task_problems()
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

    def _task_problems(self) -> list[str]:
        found = []
        if self.task == "binary" and not 0.0 < self.threshold < 1.0:
            found.append("The threshold is a probability between 0 and 1.")
        if not isfinite(self.threshold):
            found.append("The threshold is no number.")
        if self.task not in TASKS:
            found.append(f"The task is one of {', '.join(TASKS)}.")
        if self.task == "regression" and self.space != "auto":
            found.append("A prediction has no log-odds and no probability.")
        if self.evaluations < 1 or self.black_box_rows < 0:
            found.append("Evaluations and rows are counted from 1.")
        return found

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

    def is_adverse(self, score: float, threshold: float) -> bool:
        """Whether this score is against the person; for ``binary`` and ``regression``."""
        at_or_above = score >= threshold
        return at_or_above if self.adverse_when == "at_or_above" else not at_or_above

    def outcome(self, label: str | None) -> bool | None:
        """Whether a recorded label is against the person; None where the specification does not say."""
        if label in (self.adverse_label, *self.further_adverse):
            return True
        if self.task == "multiclass":
            return None if label is None else False
        return False if label == self.favourable_label else None

    def class_of(self, label: str) -> str | int:
        """The class that decisions call ``label``."""
        return self.labels.get(label, label)

    def to_json(self) -> dict[str, Any]:
        fields = asdict(self)
        plain = asdict(_DEFAULTS)
        for name in _LATER:
            if fields[name] == plain[name]:
                del fields[name]
        for one in (*fields["features"], *fields["reasons"]):
            for name in _LATER_WITHIN:
                if name in one and not one[name]:
                    del one[name]
        return fields

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
        fields["further_adverse"] = tuple(fields.get("further_adverse", ()))
        fields["thresholds"] = Thresholds(**fields.get("thresholds", {}))
        if fields.get("recourse") is not None:
            fields["recourse"] = Policy.from_json(fields["recourse"])
        return cls(**fields)


_DEFAULTS = Specification((), "", "", "", 0.5, "below", "custom", "", ())


def logit(probability: float) -> float:
    """log(p / (1 − p)) for 0 < p < 1."""
    return log(probability / (1.0 - probability))
