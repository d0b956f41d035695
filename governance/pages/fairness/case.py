"""The page of one use case: how far the groups of every segment are apart, and what the figures rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fairness.coverage import MonthCovered
from fairness.figures import Axis
from fairness.runs import RunView
from governance.pages.fairness import around, links, words
from governance.pages.fairness.around import Looked
from governance.pages.fairness.cross import CrossPart, cross_part
from governance.pages.fairness.gaps import GapPart, gap_parts
from governance.pages.fairness.links import Asked
from governance.pages.fairness.runs import RunsPart, runs_part
from governance.pages.fairness.truths import TruthPart, truth_part
from governance.pages.pieces import Banner, Fact, Filter, State, Tab
from governance.pages.sheets import Sheet
from governance.registry.rows import UseCaseRow


@dataclass(frozen=True, slots=True)
class CasePage:
    """``state`` stands in place of the figures; ``other``: the same as it is now, or as it is stored."""

    name: str
    slug: str
    url: str
    state: State | None = None
    tabs: tuple[Tab, ...] = ()
    facts: tuple[Fact, ...] = ()
    banners: tuple[Banner, ...] = ()
    filters: tuple[Filter, ...] = ()
    narrowed: bool = False
    bases: tuple[Tab, ...] = ()
    both: bool = False
    gaps: tuple[GapPart, ...] = ()
    cross: CrossPart | None = None
    runs: RunsPart | None = None
    truth: TruthPart | None = None
    policy_url: str = ""
    other: Tab | None = None
    silent: str = words.SILENT
    sheets: dict[str, Sheet] = field(default_factory=dict)


def without_policy(case: UseCaseRow, *, may: bool) -> CasePage:
    who = "" if may else " That is for an owner or a compliance officer to say."
    state = State(
        "empty",
        "No fairness policy yet",
        "It is not known which label is favourable to a person, which true label is positive, and which "
        f"groups may be compared for what purpose.{who}",
        url=links.policy_url(case.slug),
        action="Set the policy" if may else "See the policy",
    )
    return CasePage(case.name, case.slug, links.case_url(Asked(case.slug)), state)


def case_page(
    case: UseCaseRow,
    asked: Asked,
    looked: Looked,
    *,
    crossed: Axis | None,
    versions: Sequence[str],
    rows: Sequence[RunView],
    months: Sequence[MonthCovered],
    reviewed: bool,
    may: bool,
) -> CasePage:
    """``crossed``: the axis of the heat map; ``rows``: runs, newest first; ``may``: order one."""
    content = looked.policy.content
    there = _there(asked, looked)
    some = bool(looked.first.decisions)
    basis = next(iter(looked.shown))
    gaps = gap_parts(looked.shown, content.limits, asked, there) if some else ()
    cross = (
        cross_part(
            crossed,
            asked,
            basis=basis,
            attributes=(),
            tabs=around.heats(asked, ()),
            least=content.limits.least,
        )
        if crossed
        else None
    )
    truth = truth_part(months, asked)
    sheets = [part.sheet for part in gaps] + [truth.sheet] + ([cross.sheet] if cross else [])
    return CasePage(
        name=case.name,
        slug=case.slug,
        url=links.case_url(Asked(case.slug)),
        state=None if gaps else _state(looked, case.slug),
        tabs=around.axes_tabs(there, content, (), reviewed=reviewed),
        facts=around.facts(looked),
        banners=tuple(around.banners(looked, looked.first.axes)),
        filters=around.filters(asked, versions),
        narrowed=asked.narrowed or asked.run is not None,
        bases=around.bases(asked, ()),
        both=len(looked.shown) == 2,
        gaps=gaps,
        cross=cross,
        runs=runs_part(rows, asked, may=may, current=looked.run),
        truth=truth,
        policy_url=links.policy_url(case.slug),
        other=_other(asked, looked, rows),
        sheets={sheet.name: sheet for sheet in sheets},
    )


def _other(asked: Asked, looked: Looked, rows: Sequence[RunView]) -> Tab | None:
    if looked.run is not None:
        return Tab("Figures as of now", links.case_url(_there(asked, looked).but(now="1")))
    if any(row.state == "ready" for row in rows):
        return Tab("Newest stored run", links.case_url(Asked(asked.slug, basis=asked.basis)))
    return None


def _there(asked: Asked, looked: Looked) -> Asked:
    """The same window and version on another page, also where they are a stored run's."""
    if looked.run is None:
        return asked
    window = looked.window
    return asked.but(version=window.model_ref, since=window.since, until=window.until, run=None)


def _state(looked: Looked, slug: str) -> State:
    if not looked.first.decisions:
        return State(
            "empty",
            "No decisions in this window",
            "No decision with a label was recorded in these days. Choose another window, or come back when "
            "decisions were recorded and rolled up.",
        )
    if not looked.policy.content.segments:
        return State(
            "not_available",
            "No segment to compare",
            "The policy names no segments, so there are no groups.",
            url=links.policy_url(slug),
            action="See the policy",
        )
    return State(
        "not_available",
        "Nothing to compare yet",
        "No segment has two groups that can be shown, so nothing can be held beside anything else.",
    )
