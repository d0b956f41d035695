"""What a reader is told as reasons: those stated by the decision's maker, and the model's, in one language.

Plain Python. ``explain.reasons`` ranks what the model's contributions say, ``explain.stated`` reads what a rule or a
person said; here they are put together and worded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explain.reasons import PrincipalReason, PrincipalReasons, label
from explain.specification import Specification
from explain.stated import Stated
from explain.stated import warnings as stated_warnings


@dataclass(frozen=True, slots=True)
class ReasonView:
    code: str
    text: str
    detail: str
    features: tuple[str, ...]
    contribution: float
    share: float
    near_tie: bool
    other: bool
    lang: str
    """Of ``text``: the language asked for, or the nearest that has words; empty where none has."""
    kind: str = "model"
    """model: what the attributions say; rule: an automatic rule that fired; person: theirs who decided."""


def given(
    found: PrincipalReasons | None,
    said: Sequence[Stated],
    lang: str,
    *,
    alone: bool | None,
    limit: int,
) -> tuple[ReasonView, ...]:
    """Those stated, and the model's beside them: all of its own where nothing was stated; where it
    failed the person too, as many as make up the usual number; none where it did not
    (comment 9(b)(2)-7)."""
    first = said_by_others(said, lang)
    if found is None or (first and alone is False):
        return first
    # What ties with the last one is given with it when the model decided by itself only.
    most = max(limit - len(first), 1) if first else len(found.reasons)
    return (*first, *told(found.reasons[:most], found, lang))


def said_by_others(said: Sequence[Stated], lang: str) -> tuple[ReasonView, ...]:
    return tuple(
        ReasonView(
            code=one.code,
            text=_in(one.text, lang),
            detail="",
            features=(),
            contribution=0.0,
            share=0.0,
            near_tie=False,
            other=not one.worded,
            lang=_language(one.text, lang),
            kind=one.kind,
        )
        for one in said
    )


def warnings(
    found: PrincipalReasons | None, said: Sequence[Stated], *, alone: bool | None
) -> tuple[str, ...]:
    warned = stated_warnings(said)
    if found is None or (said and alone is False):
        return warned
    if alone is False:
        unsaid = (
            "By its score alone the model would have decided in favour of the person: what decided is not in the "
            "record (context.rules or context.reasons)."
        )
        return (*warned, unsaid, *found.warnings)
    return (*warned, *found.warnings)


def told(
    chosen: Sequence[PrincipalReason], found: PrincipalReasons, lang: str
) -> tuple[ReasonView, ...]:
    tied = {code for tie in found.near_ties for code in (tie.first, tie.second)}
    return tuple(
        ReasonView(
            code=reason.code,
            text=_in(reason.text, lang),
            detail=reason.detail.get(_language(reason.text, lang), ""),
            features=tuple(member.feature for member in reason.members),
            contribution=reason.contribution,
            share=reason.share,
            near_tie=label(reason) in tied,
            other=not reason.mapped,
            lang=_language(reason.text, lang),
        )
        for reason in chosen
    )


def _in(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(_language(texts, lang), "")


def _language(texts: Mapping[str, str], lang: str) -> str:
    """``lang``, or its main language, or English, or whichever there is; empty without any."""
    wanted = (lang, lang.partition("-")[0], "en", *texts)
    return next((one for one in wanted if one in texts), "")


def alarms(found: PrincipalReasons | None, spec: Specification) -> tuple[str, ...]:
    labels = {feature.name: feature.label for feature in spec.features}
    kinds = {
        "protected": "a protected characteristic",
        "proxy": "a known proxy of a protected characteristic",
    }
    return tuple(
        f"{labels[alarm.feature]} is {kinds[alarm.standing]} and moved this decision "
        f"{'against' if alarm.against else 'in favour of'} the person."
        for alarm in (found.alarms if found else ())
    )
