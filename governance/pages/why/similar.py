"""Past decisions like this one: asked for, since each one shown is somebody else's data."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from explain.likeness import SPACES, Space
from governance.pages import formats, outcomes
from governance.pages.pieces import Badge, State, Tab
from governance.pages.why.known import Known
from governance.why.similar import Difference, SimilarDecision, SimilarPart

NAMES: Final = {"explanation": "Reasoned alike", "features": "Alike in what went in"}
MEANINGS: Final = {
    "explanation": "Distance of their contributions, in the unit of the chart: how differently the model reasoned.",
    "features": "Share of the features in which they differ, numbers by how far: 0 is the same, 1 nothing in common.",
}


@dataclass(frozen=True, slots=True)
class SimilarLine:
    """``differing``: label, here, there."""

    title: str
    url: str
    decided: str
    outcome: Badge
    score: str
    reported: str
    distance: str
    differing: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Similar:
    """``tabs``: where to ask, by kind of likeness; none for who may not be shown others' data.
    ``asked`` False: only the offer stands there. ``poll_url``: while a worker searches."""

    tabs: tuple[Tab, ...]
    asked: bool
    lines: tuple[SimilarLine, ...]
    state: State | None
    summary: str
    meaning: str
    poll_url: str


def similar(known: Known, part: SimilarPart | None) -> Similar | None:
    """None where nobody is offered any: to the person concerned, and where nothing is left to compare."""
    answer = known.answer
    gone = answer.decision.erased is not None or bool(known.damage)
    if known.for_subject or gone or not known.compares or answer.explanation.state != "ready":
        return None
    space = part.space if part else ""
    return Similar(
        tabs=tuple(Tab(NAMES[one], _address(known, one), one == space) for one in SPACES),
        asked=part is not None,
        lines=tuple(_line(known, one) for one in part.items) if part else (),
        state=_instead(known, part) if part and not part.items else None,
        summary=_summary(part) if part and part.items else "",
        meaning=MEANINGS.get(space, ""),
        poll_url=_address(known, part.space) if part and part.state == "pending" else "",
    )


def _address(known: Known, space: str | Space) -> str:
    """Of the fragment, which leads to the page without htmx."""
    query = known.url(similar=space).partition("?")[2]
    return f"/decisions/{known.answer.decision.entry_id}/similar?{query}"


def _line(known: Known, one: SimilarDecision) -> SimilarLine:
    label = one.effective_label
    against = label in known.adverse_labels if label and known.adverse_labels else None
    return SimilarLine(
        title=one.id or formats.digest(str(one.entry_id)),
        url=f"/decisions/{one.entry_id}",
        decided=formats.brief(one.decided_at),
        outcome=outcomes.badge(label, against),
        score=formats.NONE if one.score is None else known.score(one.score),
        reported=outcomes.called(one.outcome) if one.outcome else "not reported",
        distance=formats.figure(one.distance),
        differing=tuple(_differing(known, one.differing)),
    )


def _differing(known: Known, found: Iterable[Difference]) -> Iterable[tuple[str, str, str]]:
    for one in found:
        unit = known.feature(one.feature).unit
        yield one.label, formats.value(one.own, unit), formats.value(one.theirs, unit)


def _summary(part: SimilarPart) -> str:
    """What was decided, and what turned out true, in one line."""
    decided = Counter(outcomes.called(one.effective_label or "score only") for one in part.items)
    known = Counter(outcomes.called(one.outcome) for one in part.items if one.outcome)
    among = f"The nearest {len(part.items)} of {formats.plural(part.among, 'explained decision')} of this version"
    told = f"{among}: {_counted(decided)}."
    if not known:
        return f"{told} What turned out true is reported of none."
    return f"{told} Of {sum(known.values())} it is known what turned out true: {_counted(known)}."


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.most_common())


def _instead(known: Known, part: SimilarPart) -> State:
    if part.state == "pending":
        return State(
            "pending",
            "A worker looks for them",
            "They appear here by themselves, usually within a second.",
            "",
            known.url(similar=part.space),
            "Look again",
        )
    return State("empty", "None to show", part.detail)
