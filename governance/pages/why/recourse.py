"""What would have changed the outcome: answers to read, and the reader's own constraints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from governance.pages import formats, outcomes
from governance.pages.pieces import Banner, Option, State
from governance.pages.why.known import Known
from governance.why.parts import Actionable, RecourseAnswer, RecoursePart

DIRECTIONS: Final = {"increase": "may rise", "decrease": "may fall", "any": "may change"}
ORDERED: Final = {"increase": "may move up", "decrease": "may move down", "any": "may change"}
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class ChangeLine:
    label: str
    before: str
    after: str
    takes: str


@dataclass(frozen=True, slots=True)
class AnswerCard:
    title: str
    changes: tuple[ChangeLine, ...]
    foot: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A feature that the policy lets a person change, with what the reader wished about it."""

    place: int
    label: str
    text: str
    kept: bool
    number: bool
    lower: str
    upper: str
    step: str


@dataclass(frozen=True, slots=True)
class Recourse:
    """``state`` stands where there are no answers; ``poll_url``: where htmx asks while a worker is at it;
    ``action``: where the constraints go, empty when there is nothing to constrain."""

    answers: tuple[AnswerCard, ...]
    state: State | None
    note: str
    banners: tuple[Banner, ...]
    poll_url: str
    action: str
    wishes: tuple[Wish, ...]
    changes: tuple[Option, ...]
    days: str
    foot: str
    notice: str
    open: bool


def recourse(known: Known, problems: tuple[str, ...] = ()) -> Recourse:
    part = known.answer.recourse
    said: Mapping[str, Any] = part.wishes or {}
    asking = bool(part.actionable) and part.state not in ("not_applicable", "erased", "damaged")
    return Recourse(
        answers=tuple(_card(known, part, at, one) for at, one in enumerate(part.answers)),
        state=None if part.answers or problems else _instead(known, part),
        note=_note(part),
        banners=tuple(Banner("warn", "", sentence) for sentence in problems),
        poll_url=_address(known, part) if part.state == "pending" else "",
        action=_address(known) if asking else "",
        wishes=tuple(_wish(place, one, said) for place, one in enumerate(part.actionable)),
        changes=_changes(said),
        days=_number(said.get("max_days")),
        foot=_foot(part),
        notice=part.notice,
        open=_constrained(said) or bool(problems),
    )


def _address(known: Known, part: RecoursePart | None = None) -> str:
    query = known.url().partition("?")[2]
    here = f"/decisions/{known.answer.decision.entry_id}/recourse"
    return f"{here}/{part.id}?{query}" if part else f"{here}?{query}"


def _card(known: Known, part: RecoursePart, at: int, answer: RecourseAnswer) -> AnswerCard:
    many = formats.plural(len(answer.changes), "change")
    cheapest = "the cheapest within the policy" if part.proven else "the cheapest that was found"
    title = f"{many}, {cheapest}" if at == 0 else f"or {many}"
    told = [f"effort {formats.figure(answer.cost, 2)}"]
    if len(answer.changes) > 1:
        told.insert(0, f"takes {_lasting(answer.days)} in all")
    if answer.probability is not None:
        told.append(
            f"score {formats.figure(answer.probability)} against a threshold of "
            f"{formats.figure(part.threshold)}"
        )
    return AnswerCard(
        title=title[:1].upper() + title[1:],
        changes=tuple(
            ChangeLine(
                one.label,
                formats.value(one.before, one.unit),
                formats.value(one.after, one.unit),
                _lasting(one.days),
            )
            for one in answer.changes
        ),
        foot=" · ".join(told),
    )


def _lasting(days: float) -> str:
    if days == 0:
        return "no time"
    return formats.plural(round(days), "day") if days >= 1 else "less than a day"


def _instead(known: Known, part: RecoursePart) -> State:
    told = {
        "pending": State(
            "pending",
            "A worker looks for it",
            "It appears here by itself, usually within a second.",
            "",
            known.url(recourse=str(part.id or "")),
            "Look again",
        ),
        "none": State("empty", "Nothing within the policy", part.detail),
        "refused": State("refused", "Not computed", _short(part.detail)),
        "failed": State("failed", "It could not be computed", _short(part.detail)),
        "erased": State("erased", "Erased", part.detail),
        "not_applicable": State("empty", "Nothing to change", part.detail),
        "not_computed": State("empty", "Not computed yet", part.detail),
    }
    return told.get(part.state, State("not_available", "Nothing can be said", part.detail))


def _note(part: RecoursePart) -> str:
    if part.distance is None or part.state not in ("ready", "none"):
        return ""
    return (
        f"The recorded score, {formats.figure(part.probability)}, is {formats.figure(part.distance)} from the "
        f"threshold of {formats.figure(part.threshold)}."
    )


def _foot(part: RecoursePart) -> str:
    if part.state not in ("ready", "none"):
        return ""
    told = [f"Re-scored on the artefact {formats.digest(part.artefact_digest or '')}"]
    told.append(f"policy {formats.digest(part.policy_digest or '')}")
    if part.looked_at is not None:
        told.append(f"{formats.plural(part.looked_at, 'candidate')} scored")
    if part.duration_ms is not None:
        told.append(formats.milliseconds(part.duration_ms))
    return " · ".join(told)


def _wish(place: int, one: Actionable, said: Mapping[str, Any]) -> Wish:
    bounds = (said.get("bounds") or {}).get(one.feature) or {}
    number = one.step is not None
    return Wish(
        place=place,
        label=f"{one.label}, {one.unit}" if one.unit else one.label,
        text=_allowed(one),
        kept=one.feature in (said.get("freeze") or ()),
        number=number,
        lower=_number(bounds.get("lower")),
        upper=_number(bounds.get("upper")),
        step=_number(one.step),
    )


def _allowed(one: Actionable) -> str:
    if one.step is None:
        values = ", ".join(outcomes.called(str(value)) for value in one.allowed)
        return f"{ORDERED[one.direction]}: {values}"
    lower, upper = formats.value(one.lower), formats.value(one.upper)
    return f"{DIRECTIONS[one.direction]}, {lower} to {upper}"


def _changes(said: Mapping[str, Any]) -> tuple[Option, ...]:
    chosen = str(said.get("max_changes") or "")
    named = (("", "As the policy says"), ("1", "1"), ("2", "2"), ("3", "3"))
    return tuple(Option(value, label, value == chosen) for value, label in named)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _constrained(said: Mapping[str, Any]) -> bool:
    return any(value for value in said.values())


def _short(detail: str) -> str:
    """A library may say a paragraph where its first sentence tells what is wrong; the API has all of it."""
    first, stop, _ = detail.partition(". ")
    return f"{first}." if stop and len(detail) > LONGEST else detail
