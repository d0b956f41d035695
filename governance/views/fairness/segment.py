"""/fairness/<slug>/segments/<segment>/: one segment, or several together by their joined names."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from fairness.figures import BASES, Name
from fairness.policy import Content
from governance.comparing import figures
from governance.comparing.policies import READ, policy_in_force
from governance.pages.fairness.around import Looked
from governance.pages.fairness.links import Asked, parted
from governance.pages.fairness.rates import axis_in
from governance.pages.fairness.segment import Found, SegmentPage, segment_page
from governance.registry import queries as registry
from governance.roles import nothing_here
from governance.views.access import PersonRequest, page
from governance.views.fairness import asked as asking

REVIEWERS = "review:group"
MOST = 4


@page(READ)
def segment(request: PersonRequest, slug: str, name: str) -> HttpResponse:
    found = _page(request, slug, name)
    if found is None:
        return redirect("fairness", slug)
    return render(request, "fairness/segment.html", {"page": found})


@page(READ)
def sheet(request: PersonRequest, slug: str, name: str, table: str) -> HttpResponse:
    """A table of the page as CSV: what is hidden there is hidden here."""
    found = _page(request, slug, name)
    return asking.csv(request, slug, found.sheets if found else {}, table)


def _page(request: PersonRequest, slug: str, name: str) -> SegmentPage | None:
    """None without a policy: the use case's page says so. Raises NotFound for an axis there is not."""
    row = registry.use_case(request.voice, slug)
    policy = policy_in_force(request.voice, slug)
    if policy is None:
        return None
    axis = _axis(name, policy.content)
    wanted = asking.read(request, slug)
    looked = asking.sliced(request, wanted, policy, _with(axis, policy.content))
    return segment_page(
        row,
        wanted,
        looked,
        _found(request, wanted, axis, looked),
        versions=asking.versions(request, slug),
    )


def _axis(name: str, content: Content) -> Name:
    axis = parted(name)
    known = {*content.segments, REVIEWERS}
    if len(set(axis)) != len(axis) or len(axis) > MOST or not set(axis) <= known:
        raise nothing_here()
    return axis


def _with(axis: Name, content: Content) -> list[Name]:
    """All that is compared, so that p-values are adjusted as in a run; and this axis in any case."""
    axes: list[Name] = [*((name,) for name in content.segments), *content.intersections]
    return axes if axis in axes else [*axes, axis]


def _found(request: PersonRequest, wanted: Asked, axis: Name, looked: Looked) -> Found:
    voice, window = request.voice, looked.window
    by = [(REVIEWERS,)] if axis[0] == REVIEWERS or len(axis) > 1 else [(REVIEWERS, axis[0])]
    reviews = {basis: figures.slice_of(voice, window, basis=basis, by=by) for basis in BASES}
    return Found(
        attributes=axis,
        series={
            basis: figures.series_of(
                voice, window, metric=wanted.metric, segment=axis[0], basis=basis
            )
            for basis in asking.bases(wanted)
        }
        if len(axis) == 1
        else {},
        scores=figures.scores_of(voice, window),
        reviewers={
            basis: crossed
            for basis, found in reviews.items()
            if (crossed := axis_in(found, (REVIEWERS, axis[0]))) is not None
        },
        reviewed=bool(reviews["effective"].axes),
    )
