"""What the page is drawn from, besides the answer itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from explain.specification import Feature, Specification
from governance.pages import formats
from governance.why.parts import ReplayPart, Why
from governance.why.similar import SimilarPart


@dataclass(frozen=True, slots=True)
class Known:
    """``specification`` is that of the version's profile, None without one, and ``profile_digest`` its
    SHA-256: the wording of the reasons is frozen under it. ``remote``: the artefact describes a model that is
    asked over the network. ``names`` are those of users among the log's
    actors. An address is empty when there is nothing to go to, or the reader may not. ``compares``: whether
    the reader may be shown others' decisions; ``adverse_labels`` are those of the use case. ``replayed`` and
    ``alike`` are what was asked for on this page; ``problems`` are sentences about constraints that could not
    be taken."""

    answer: Why
    path: str
    case_name: str
    use_case_asked: str
    audiences: tuple[str, ...]
    specification: Specification | None
    names: Mapping[str, str]
    verify_url: str
    model_url: str
    profile_digest: str = ""
    remote: bool = False
    adverse_labels: Collection[str] = ()
    compares: bool = False
    replayed: ReplayPart | None = None
    alike: SimilarPart | None = None
    problems: tuple[str, ...] = ()

    @property
    def for_subject(self) -> bool:
        return self.answer.audience == "subject"

    @property
    def damage(self) -> str:
        """A sentence when the record is not what was sealed; empty when it is, or is erased."""
        return self.answer.decision.detail if self.answer.decision.state == "damaged" else ""

    def value(self, raw: Any, unit: str) -> str:
        """The person's value of a feature as text; nothing where the record of it is damaged."""
        return "" if self.damage else formats.value(raw, unit)

    @property
    def language(self) -> str:
        """The language the reasons are worded in: the one asked for, or the nearest there is."""
        asked = self.answer.lang
        offered = self.specification.languages if self.specification else ()
        wanted = (asked, asked.partition("-")[0], "en", *offered)
        return next((one for one in wanted if one in offered), asked)

    def feature(self, name: str) -> Feature:
        """What the profile says of a feature; one that it does not know is called by its name."""
        for feature in self.specification.features if self.specification else ():
            if feature.name == name:
                return feature
        return Feature(name=name, label=name, kind="category")

    def score(self, value: float) -> str:
        """A score or a threshold: a prediction in its unit, a probability with three decimals, what is
        neither with the digits it was given."""
        unit = self.specification.unit if self.specification else ""
        probable = not unit and 0 <= value <= 1
        return formats.figure(value) if probable else formats.value(value, unit)

    def url(self, **changed: str) -> str:
        """This page, for another audience or in another language."""
        said = {
            "audience": self.answer.audience,
            "lang": self.answer.lang,
            "use_case": self.use_case_asked,
            **changed,
        }
        return f"{self.path}?{urlencode({name: value for name, value in said.items() if value})}"
