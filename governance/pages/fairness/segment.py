"""The page of one segment, or of several together: every metric of every group, over time, and by scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fairness.figures import Axis, Name, Scores
from fairness.series import Series
from governance.pages.fairness import around, links, words
from governance.pages.fairness.around import Looked
from governance.pages.fairness.course import CoursePart, course_part, kinds
from governance.pages.fairness.cross import CrossPart, cross_part, reviewers_part
from governance.pages.fairness.links import Asked
from governance.pages.fairness.means import MeanPart, mean_parts
from governance.pages.fairness.rates import RatePart, axis_in, rate_part
from governance.pages.fairness.scoring import ScorePart, score_part
from governance.pages.pieces import Badge, Banner, Fact, Filter, State, Tab
from governance.pages.sheets import Sheet
from governance.registry.rows import UseCaseRow


@dataclass(frozen=True, slots=True)
class SegmentPage:
    name: str
    slug: str
    title: str
    url: str
    case_url: str
    purpose: str
    tabs: tuple[Tab, ...]
    facts: tuple[Fact, ...]
    counts: tuple[Badge, ...]
    banners: tuple[Banner, ...]
    filters: tuple[Filter, ...]
    narrowed: bool
    bases: tuple[Tab, ...]
    both: bool
    state: State | None
    rates: tuple[RatePart, ...] = ()
    course: CoursePart | None = None
    cross: CrossPart | None = None
    reviewers: CrossPart | None = None
    scores: ScorePart | None = None
    means: tuple[MeanPart, ...] = ()
    silent: str = words.SILENT
    sheets: dict[str, Sheet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What was asked for of the segment. ``series``: by basis, none for several segments together;
    ``reviewers``: by reviewers' group and segment, by both labels, where anybody reviewed."""

    attributes: Name
    series: Mapping[str, Series]
    scores: Scores | None
    reviewers: Mapping[str, Axis]
    reviewed: bool


def segment_page(
    case: UseCaseRow, asked: Asked, looked: Looked, found: Found, *, versions: Sequence[str]
) -> SegmentPage:
    shown = {
        basis: axis
        for basis, figures in looked.shown.items()
        if (axis := axis_in(figures, found.attributes)) is not None
    }
    some = bool(looked.first.decisions) and any(axis.groups for axis in shown.values())
    page = SegmentPage(
        name=case.name,
        slug=case.slug,
        title=words.axis(found.attributes),
        url=links.segment_url(Asked(case.slug), found.attributes),
        case_url=links.case_url(asked),
        purpose=_purpose(looked, found.attributes),
        tabs=around.axes_tabs(
            asked, looked.policy.content, found.attributes, reviewed=found.reviewed
        ),
        facts=around.facts(looked),
        counts=around.counts(_states(shown)) if some else (),
        banners=tuple(around.banners(looked, [*shown.values()])),
        filters=around.filters(asked, versions),
        narrowed=asked.narrowed,
        bases=around.bases(asked, found.attributes),
        both=len(looked.shown) == 2,
        state=None if some else _nothing(),
    )
    if not some:
        return page
    page = _filled(page, asked, looked, found, shown)
    return replace(page, sheets={sheet.name: sheet for sheet in _sheets(page)})


def _filled(
    page: SegmentPage, asked: Asked, looked: Looked, found: Found, shown: Mapping[str, Axis]
) -> SegmentPage:
    content, here = looked.policy.content, found.attributes
    basis, axis = next(iter(shown.items()))
    largest = sorted(
        (group for group in axis.groups if not group.hidden),
        key=lambda group: -(group.decisions or 0.0),
    )
    colours = kinds([words.group(group.name) for group in largest])
    return replace(
        page,
        rates=tuple(
            rate_part(metric, shown, content.limits, links.sheet_url(asked, here, metric))
            for metric in words.METRICS
        ),
        course=course_part(found.series, asked, colours, least=content.limits.least)
        if found.series
        else None,
        cross=cross_part(
            axis,
            asked,
            basis=basis,
            attributes=here,
            tabs=around.heats(asked, here),
            least=content.limits.least,
        ),
        reviewers=reviewers_part(found.reviewers, asked, here, least=content.limits.least),
        scores=score_part(
            found.scores,
            here,
            asked,
            colours,
            lower_favourable=content.score.direction == "lower_favourable",
            hidden=axis.hidden,
        ),
        means=mean_parts(axis, here, asked),
    )


def _states(shown: Mapping[str, Axis]) -> list[str]:
    """Of the groups of this axis, by the first basis."""
    axis = next(iter(shown.values()))
    return [figure.state for group in axis.groups for figure in group.figures]


def _purpose(looked: Looked, attributes: Name) -> str:
    purposes = {
        held.purpose
        for name in attributes
        if (held := looked.policy.content.segments.get(name)) is not None
    }
    return f"Compared for: {', '.join(sorted(purposes))}" if purposes else ""


def _nothing() -> State:
    return State(
        "empty",
        "No decisions in this window",
        "Nobody of these groups was decided on in these days. Choose another window or version.",
    )


def _sheets(page: SegmentPage) -> Iterator[Sheet]:
    yield from (part.sheet for part in page.rates)
    yield from (part.sheet for part in page.means)
    if page.course is not None:
        yield page.course.sheet
    yield from (one.sheet for one in (page.cross, page.reviewers) if one is not None)
    if page.scores is not None:
        yield page.scores.figures
        yield page.scores.calibrated
