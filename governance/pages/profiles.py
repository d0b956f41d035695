"""What explains a version: features, score, background, and the reasons it may give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from explain.catalogue import Reason
from explain.queries import ProfileView
from explain.specification import Feature
from governance.pages import formats
from governance.pages.pieces import Badge, Fact

ROLES: Final = {
    "protected": Badge("Protected", "warn", "shield-lock"),
    "proxy": Badge("Proxy", "warn", "alert-triangle"),
    "feature": None,
}
BACKGROUNDS: Final = {
    "all_applicants": "All applicants",
    "near_cutoff": "Applicants near the cut-off",
    "approved": "Approved applicants",
    "custom": "As described by the owner",
}


@dataclass(frozen=True, slots=True)
class FeatureLine:
    label: str
    name: str
    kind: str
    unit: str
    role: Badge | None
    description: str


@dataclass(frozen=True, slots=True)
class ReasonLine:
    code: str
    texts: tuple[tuple[str, str], ...]
    """Language and wording."""
    features: str


@dataclass(frozen=True, slots=True)
class ProfilePart:
    facts: tuple[Fact, ...]
    features: tuple[FeatureLine, ...]
    reasons: tuple[ReasonLine, ...]
    languages: str


def profile_part(profile: ProfileView) -> ProfilePart:
    spec = profile.specification
    labels = {feature.name: feature.label for feature in spec.features}
    return ProfilePart(
        facts=_facts(profile),
        features=tuple(
            FeatureLine(
                feature.label,
                feature.name,
                "Category" if feature.kind == "category" else "Number",
                feature.unit,
                ROLES[feature.role],
                feature.description,
            )
            for feature in spec.features
        ),
        reasons=tuple(_reason(reason, spec.languages, labels) for reason in spec.reasons),
        languages=", ".join(spec.languages),
    )


def against(profile: ProfileView) -> str:
    spec = profile.specification
    side = "at or above" if spec.adverse_when == "at_or_above" else "below"
    return f"{side}: {spec.adverse_label}"


def standing(features: Sequence[Feature]) -> str:
    marked = sum(feature.role != "feature" for feature in features)
    return f"{marked} protected or proxy" if marked else "none protected"


def _reason(reason: Reason, languages: Sequence[str], labels: Mapping[str, str]) -> ReasonLine:
    return ReasonLine(
        reason.code,
        tuple((language, reason.text[language]) for language in languages),
        ", ".join(labels.get(name, name) for name in reason.features),
    )


def _facts(profile: ProfileView) -> tuple[Fact, ...]:
    spec = profile.specification
    side = "at or above" if spec.adverse_when == "at_or_above" else "below"
    return (
        Fact(
            "Score",
            f"Probability of class {spec.positive}",
            f"{spec.adverse_label} {side} {formats.figure(spec.threshold, 2)}, "
            f"else {spec.favourable_label}",
        ),
        Fact(
            "Compared with",
            BACKGROUNDS.get(spec.background_kind, spec.background_kind),
            " ".join(
                filter(
                    None,
                    (f"{formats.plural(profile.background_size, 'row')}.", spec.background_note),
                )
            ),
        ),
        hashed("Background, SHA-256", profile.background_digest),
        hashed(
            "Artefact, SHA-256",
            profile.artefact_digest,
            f"{profile.artefact_kind}, {formats.plural(profile.artefact_size, 'byte')}",
        ),
        hashed("Profile, SHA-256", profile.specification_digest, "of its canonical JSON"),
        Fact("LIME", spec.lime_mode, "beside SHAP, never the source of reasons"),
        Fact("Seed", str(spec.seed), "the same seed gives the same figures"),
    )


def hashed(label: str, digest: str, detail: str = "") -> Fact:
    return Fact(label, "", detail, code=digest, short=formats.digest(digest))
