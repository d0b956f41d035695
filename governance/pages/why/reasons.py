"""In plain words: the principal reasons as the person is told them."""

from dataclasses import dataclass
from typing import Final

from governance.pages import formats
from governance.pages.why.known import Known
from governance.why.parts import Reason

SOURCES: Final = {"rule": "automatic rule", "person": "given by the person who decided"}


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """``values``: what the features of this reason were; ``share``: of what spoke against; ``weak``:
    the explanation it comes from is warned about."""

    code: str
    text: str
    detail: str
    values: tuple[tuple[str, str], ...]
    share: str
    tie: bool
    weak: bool
    source: str
    """Who says so when it is not the model: a rule or a person."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """``text`` stands where there are no reasons to list; ``lang`` is the language of the lines;
    ``digest``: SHA-256 of the profile that the wording is frozen with, empty without one."""

    lines: tuple[ReasonLine, ...]
    text: str
    lang: str
    alarms: tuple[str, ...]
    warnings: tuple[str, ...]
    foot: str
    digest: str
    digest_short: str


def reasons(known: Known) -> Reasons:
    part = known.answer.reasons
    lines = tuple(_line(known, reason) for reason in part.items)
    digest = known.profile_digest if lines else ""
    return Reasons(
        lines=lines,
        text="" if lines else _instead(known),
        lang=known.language,
        alarms=part.alarms,
        warnings=() if known.for_subject else (*part.warnings, *_poor(known, lines)),
        foot=_foot(known, lines),
        digest=digest,
        digest_short=formats.digest(digest),
    )


def _poor(known: Known, lines: tuple[ReasonLine, ...]) -> tuple[str, ...]:
    """What the explanation's own quality says of every reason the model gave."""
    return known.answer.quality.warnings if any(line.weak for line in lines) else ()


def _weak(known: Known, reason: Reason) -> bool:
    """Whether the model gives this reason, and its explanation is beyond a threshold of the version."""
    return (
        reason.kind not in SOURCES and not known.for_subject and bool(known.answer.quality.warnings)
    )


def _foot(known: Known, lines: tuple[ReasonLine, ...]) -> str:
    if not lines:
        return ""
    codes = ", ".join(dict.fromkeys(line.code for line in lines))
    if not known.profile_digest:
        return f"Codes {codes} · wording as it was recorded with the decision"
    lang = formats.language(known.language)
    return f"Codes {codes} · wording in {lang}, frozen with {known.answer.model.ref} under"


def _line(known: Known, reason: Reason) -> ReasonLine:
    recorded = known.answer.decision.features or {}
    features = [known.feature(name) for name in reason.features]
    return ReasonLine(
        code=reason.code,
        text=reason.text,
        detail=reason.detail,
        values=()
        if known.damage
        else tuple((f.label, formats.value(recorded.get(f.name), f.unit)) for f in features),
        share=formats.percent(reason.share, 0) if reason.share and not known.for_subject else "",
        tie=reason.near_tie and not known.for_subject,
        weak=_weak(known, reason),
        source=SOURCES.get(reason.kind, ""),
    )


def _instead(known: Known) -> str:
    state, adverse = known.answer.reasons.state, known.answer.decision.adverse
    if adverse is False and state != "not_available":
        return "This outcome is not against the person, so there are no reasons to give."
    if state in {"pending", "left_out"}:
        return "The reasons follow with the explanation."
    if state in {"ready", "none"}:
        return "Nothing in the inputs counted against the person."
    if state in {"refused", "failed"}:
        return "Without an explanation there are no reasons to give. A person has to answer."
    return known.answer.reasons.detail
