"""The catalogue of reasons that a version may give, approved with it. Plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Literal

OTHER = "other"

Standing = Literal["protected", "proxy"]


@dataclass(frozen=True)
class Reason:
    """A reason of the catalogue.

    features: all features whose contributions it sums.
    text:     the sentence per language.
    detail:   per language, a further sentence with the person's values, {feature} standing for the
              value of a feature of this reason.
    missing:  per language, the sentence that stands there instead when such a value is missing.
    inquiries: whether it is the number of inquiries into a consumer report, which the key factors
              of a credit score name beyond their usual number (15 USC 1681g(f)(9)).
    """

    code: str
    features: tuple[str, ...]
    text: Mapping[str, str]
    detail: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    inquiries: bool = False


@dataclass(frozen=True)
class Rule:
    """An automatic rule beside the model, such as an age limit: its sentence per language."""

    code: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class Catalogue:
    """The reasons a version may give, as approved with it.

    standing: features that are protected characteristics or known proxies of one.
    other:    per language, how a feature without a reason is named; {feature} is its name.
    classes:  of coded features, per class (as text) and language, what the code means.
    rules:    automatic rules that may decide beside the model.
    """

    reasons: tuple[Reason, ...]
    standing: Mapping[str, Standing] = field(default_factory=dict)
    other: Mapping[str, str] = field(default_factory=lambda: {"en": "Other: {feature}"})
    classes: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError for a catalogue that could not be applied without doubt."""
        codes = [one.code for one in self.reasons] + [rule.code for rule in self.rules]
        if len(set(codes)) < len(codes) or OTHER in codes:
            raise ValueError(f"Each reason needs a code of its own, and none may be '{OTHER}'.")
        features = [feature for reason in self.reasons for feature in reason.features]
        twice = {feature for feature in features if features.count(feature) > 1}
        if twice:
            raise ValueError(f"'{min(twice)}' belongs to two reasons.")
        for reason in self.reasons:
            _check_reason(reason)


def _check_reason(reason: Reason) -> None:
    if not reason.features or not reason.text:
        raise ValueError(f"Reason '{reason.code}' needs a feature and a text.")
    for language, template in reason.detail.items():
        for _, name, layout, conversion in Formatter().parse(template):
            # A bare name only: format strings can otherwise reach into the values' attributes.
            if name is not None and (name not in reason.features or layout or conversion):
                raise ValueError(
                    f"The detail of reason '{reason.code}' in '{language}' may name its own "
                    f"features only, not '{{{name}}}'."
                )
