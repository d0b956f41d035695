"""The board: a card of tiles for each use case, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from governance.comparing.board import Standing
from governance.pages import formats
from governance.pages.fairness import around, links, words
from governance.pages.fairness.links import Asked
from governance.pages.fairness.tiles import Courses, Tile, tile_of
from governance.pages.fairness.worst import judged
from governance.pages.pieces import Badge, State
from governance.registry.rows import UseCaseRow

# So many tiles stand open; the others are behind a click, unless there are few more.
OPEN: Final = 8
COURSES: Final = 8


@dataclass(frozen=True, slots=True)
class CaseCard:
    name: str
    slug: str
    url: str
    source: str
    counts: tuple[Badge, ...]
    tiles: tuple[Tile, ...]
    more: tuple[Tile, ...]
    notes: tuple[str, ...]
    state: State | None
    rank: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BoardPage:
    cards: tuple[CaseCard, ...]
    silent: str
    summary: str
    empty: State | None


def wanted(standing: Standing) -> list[tuple[str, str]]:
    """(metric, segment) of the tiles whose course is drawn: the open ones of one segment."""
    if standing.figures is None or standing.policy is None:
        return []
    found = judged(standing.figures, standing.policy.content)[:COURSES]
    return [(one.figure.metric, one.attributes[0]) for one in found if len(one.attributes) == 1]


def board_page(
    cases: Sequence[tuple[UseCaseRow, Standing, Courses]], *, may_write: frozenset[str]
) -> BoardPage:
    """``may_write``: slugs of use cases whose policy the reader may set."""
    cards = sorted(
        (
            _card(case, standing, courses, may=case.slug in may_write)
            for case, standing, courses in cases
        ),
        key=lambda card: (tuple(-n for n in card.rank), card.name),
    )
    breaches = sum(card.rank[0] for card in cards)
    watched = sum(card.rank[1] for card in cards)
    return BoardPage(
        cards=tuple(cards),
        silent=words.SILENT,
        summary=f"{formats.plural(breaches, 'breach', 'breaches')} and {formats.count(watched)} to watch "
        f"in {formats.plural(len(cards), 'use case')}",
        empty=None if cards else _nothing(),
    )


def _nothing() -> State:
    return State(
        "empty",
        "No use case to compare groups in",
        "Use cases are registered through the API. Those in which your role does not include reading how "
        "groups compare are not shown.",
    )


def _card(case: UseCaseRow, standing: Standing, courses: Courses, *, may: bool) -> CaseCard:
    asked = Asked(case.slug)
    state = _state(case, standing, may=may)
    found = (
        []
        if state or standing.figures is None or standing.policy is None
        else judged(standing.figures, standing.policy.content)
    )
    content = standing.policy.content if standing.policy else None
    there = _there(asked, standing)
    tiles = (
        [tile_of(one, content.limits, there, standing.alerts, courses) for one in found]
        if content
        else []
    )
    counted = Counter(one.state for one in found)
    few = len(tiles) <= OPEN + 2
    return CaseCard(
        name=case.name,
        slug=case.slug,
        url=links.case_url(asked),
        source=_source(standing),
        counts=around.counts([one.state for one in found]),
        tiles=tuple(tiles if few else tiles[:OPEN]),
        more=() if few else tuple(tiles[OPEN:]),
        notes=tuple(_notes(standing)),
        state=state,
        rank=tuple(counted[name] for name in ("breach", "watch", "insufficient evidence")),
    )


def _state(case: UseCaseRow, standing: Standing, *, may: bool) -> State | None:
    if standing.policy is None:
        url = links.policy_url(case.slug)
        who = (
            "Say it in the policy."
            if may
            else "An owner or compliance officer says it in the policy."
        )
        return State(
            "not_available",
            "No fairness policy yet",
            "It is not known which label is favourable, which true label is positive, and which groups may "
            f"be compared for what purpose. {who}",
            url=url,
            action="Set the policy" if may else "See the policy",
        )
    if standing.figures is None or not standing.figures.decisions:
        return State(
            "pending",
            "No decisions in this window yet",
            "The policy is set. Figures appear when decisions with a label are recorded and rolled up.",
            url=links.case_url(Asked(case.slug)),
            action="Open the use case",
        )
    if not standing.figures.axes:
        return State(
            "not_available",
            "No segment to compare",
            "Decisions are recorded, but the policy names no segments, so there are no groups.",
            url=links.policy_url(case.slug),
            action="See the policy",
        )
    return None


def _there(asked: Asked, standing: Standing) -> Asked:
    """The window and version that the tiles are of, for the pages they lead to."""
    if standing.run is None:
        return asked
    return asked.but(
        version=standing.run.model_ref, since=standing.run.since, until=standing.run.until
    )


def _source(standing: Standing) -> str:
    if standing.figures is None or standing.window is None or not standing.figures.decisions:
        return ""
    told = [
        standing.window.model_ref or "all versions",
        formats.plural(round(standing.figures.decisions), "decision"),
        links.days(standing.window.since, standing.window.until),
    ]
    if standing.run and standing.run.made_at:
        told.append(f"run of {formats.brief(standing.run.made_at)} UTC")
    else:
        told.append("no stored run yet, computed just now")
    return " · ".join(told)


def _notes(standing: Standing) -> Iterator[str]:
    if standing.figures is None or standing.policy is None:
        return
    if not standing.figures.labelled:
        yield "No true label is known in this window yet, so only selection rates are assessed."
    hidden = sum(axis.hidden for axis in standing.figures.axes)
    if standing.restricted and hidden:
        told = words.RESTRICTED.format(least=standing.policy.content.limits.shown)
        yield f"{formats.plural(hidden, 'group')} not shown. {told}"
