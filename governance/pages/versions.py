"""The page of one version: its artefact, what explains it, and what stands in the record about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from explain.queries import Coverage, ProfileView
from governance.pages import formats
from governance.pages.explanations import tabs
from governance.pages.models import state_badge
from governance.pages.pieces import Banner, Fact, State, Tab, Tone
from governance.pages.profiles import ProfilePart, against, profile_part, standing
from governance.registry.rows import ModelRow, VersionRow

APPROVAL: Final = State(
    "not_available",
    "Sign-off is not part of this release",
    "Versions are registered and can be retired. Who signed which version comes with the approval "
    "workflow; until then nothing here claims an approval.",
)
NO_PROFILE: Final = State(
    "not_available",
    "No profile",
    "Nothing says how this version is explained: its decisions are recorded and proven, and have no "
    "explanation. A profile is registered together with the artefact.",
)


@dataclass(frozen=True, slots=True)
class CoveragePart:
    """``total`` decisions of the version were read, ``ready`` of them are explained."""

    ready: int
    total: int
    sentence: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class VersionPage:
    model_ref: str
    model: str
    model_name: str
    number: str
    sub: str
    banners: tuple[Banner, ...]
    facts: tuple[Fact, ...]
    notes: str
    profile: ProfilePart | None
    coverage: CoveragePart
    record: tuple[Fact, ...]
    said: tuple[Fact, ...]
    tabs: tuple[Tab, ...] = ()
    no_profile: State = NO_PROFILE
    approval: State = APPROVAL


def version_page(
    version: VersionRow,
    model: ModelRow,
    profile: ProfileView | None,
    covered: Coverage,
    *,
    verify_urls: Mapping[UUID, str],
) -> VersionPage:
    """``verify_urls`` lead to the check of an entry, for those entries that the reader may check."""
    return VersionPage(
        model_ref=version.model_ref,
        model=version.model,
        model_name=model.name,
        number=version.number,
        sub=f"{model.name} · {version.use_case}",
        banners=_banners(version, profile),
        facts=_strip(version, profile),
        notes=version.notes,
        profile=profile_part(profile) if profile else None,
        coverage=_coverage(covered),
        record=_record(version, profile, verify_urls),
        said=_said(version.facts),
        tabs=tabs(version, "version"),
    )


def _banners(version: VersionRow, profile: ProfileView | None) -> tuple[Banner, ...]:
    told = []
    if version.retired_at is not None:
        told.append(
            Banner(
                "warn",
                f"Retired on {formats.moment(version.retired_at)}",
                "Decisions it has made since are recorded all the same, and marked as violations.",
            )
        )
    digest = version.artefact_digest
    if profile is not None and digest and profile.artefact_digest != digest:
        told.append(
            Banner(
                "bad",
                "Two artefacts",
                "The artefact that explains is not the one this version was registered with: its "
                "explanations are not of the decisions it made.",
            )
        )
    return tuple(told)


def _strip(version: VersionRow, profile: ProfileView | None) -> tuple[Fact, ...]:
    badge = state_badge(version)
    strip = [Fact("State", badge.text, tone=badge.tone, icon=badge.icon, badge=True)]
    digest = version.artefact_digest
    if digest:
        strip.append(Fact("Artefact, SHA-256", "", code=digest, short=formats.digest(digest)))
    else:
        strip.append(Fact("Artefact, SHA-256", "None given", "decisions cannot be tied to a file"))
    if profile is None:
        return (*strip, Fact("Explained", "Not set up", tone="neutral"))
    spec = profile.specification
    return (
        *strip,
        Fact("Threshold", formats.figure(spec.threshold, 2), against(profile)),
        Fact("Features", formats.count(len(spec.features)), standing(spec.features)),
        Fact("Reasons", formats.count(len(spec.reasons)), ", ".join(spec.languages)),
    )


def _coverage(covered: Coverage) -> CoveragePart:
    facts = (
        _counted("Ready", covered.ready, "good", "check"),
        _counted("Pending", covered.pending, "info", "hourglass"),
        _counted("Refused", covered.refused, "warn", "ban"),
        _counted("Failed", covered.failed, "bad", "alert-triangle"),
        _counted("Left out by policy", covered.left_out, "neutral", "circle-dashed"),
    )
    if not covered.total:
        return CoveragePart(0, 0, "No decision of this version has been read yet.", facts)
    said = (
        f"{formats.count(covered.ready)} of {formats.plural(covered.total, 'decision')} explained."
    )
    return CoveragePart(covered.ready, covered.total, said, facts)


def _counted(label: str, many: int, tone: Tone, icon: str) -> Fact:
    """A tone and an icon only where there is something to tell of."""
    if not many:
        return Fact(label, "0", tone="neutral")
    return Fact(label, formats.count(many), tone=tone, icon=icon)


def _record(
    version: VersionRow, profile: ProfileView | None, verify_urls: Mapping[UUID, str]
) -> tuple[Fact, ...]:
    record = [
        Fact(
            "Registered",
            formats.moment(version.created_at),
            f"by {version.created_by_name or 'a command on the server'}",
        ),
        _entry("Registered by entry", version.entry_id, verify_urls),
    ]
    if profile:
        record.append(Fact("Profile frozen", formats.moment(profile.registered_at)))
        record.append(_entry("Frozen by entry", profile.entry_id, verify_urls))
    if version.retired_at:
        record.append(Fact("Retired", formats.moment(version.retired_at)))
    return tuple(record)


def _entry(label: str, entry_id: UUID | None, verify_urls: Mapping[UUID, str]) -> Fact:
    if entry_id is None:
        return Fact(label, "Not kept", "It was registered before its entry was noted here.")
    if entry_id not in verify_urls:
        return Fact(label, str(entry_id))
    return Fact(label, "Verify this entry", str(entry_id), url=verify_urls[entry_id])


def _said(facts: Mapping[str, Any]) -> tuple[Fact, ...]:
    return tuple(
        Fact(formats.words(name).capitalize(), formats.value(given))
        for name, given in facts.items()
    )
