"""/fairness/<slug>/: one use case, its disparities, runs and true labels."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from fairness.figures import Axis, Name
from fairness.policies import PolicyView
from fairness.runs import RunView
from fairness.tables import Window
from governance.comparing import figures, runs
from governance.comparing.policies import READ, WRITE, policy_in_force
from governance.pages.fairness.around import Looked
from governance.pages.fairness.case import CasePage, case_page, without_policy
from governance.pages.fairness.links import Asked, parted
from governance.pages.fairness.rates import axis_in
from governance.pages.fairness.runs import runs_part
from governance.registry import queries as registry
from governance.roles import nothing_here
from governance.views.access import PersonRequest, is_fragment, page
from governance.views.fairness import asked as asking


@page(READ)
def case(request: PersonRequest, slug: str) -> HttpResponse:
    return render(request, "fairness/case.html", {"page": _page(request, slug)})


@page(READ)
def sheet(request: PersonRequest, slug: str, name: str) -> HttpResponse:
    """A table of the page as CSV: what is hidden there is hidden here."""
    return asking.csv(request, slug, _page(request, slug).sheets, name)


@page(READ)
def ordered_runs(request: PersonRequest, slug: str) -> HttpResponse:
    """GET: the list as it stands, for who waits. POST: order a run of the window asked for."""
    wanted = asking.read(request, slug) if request.method != "POST" else _posted(request, slug)
    if request.method == "POST":
        runs.order_run(
            voice=request.voice,
            use_case=slug,
            version=wanted.version,
            since=wanted.since,
            until=wanted.until,
        )
    if not is_fragment(request):
        return redirect(f"{reverse('fairness', args=[slug])}{wanted.query()}#runs")
    part = runs_part(
        runs.list_runs(request.voice, slug), wanted, may=_may(request, slug), current=None
    )
    return render(request, "fairness/_runs.html", {"runs": part})


def _posted(request: PersonRequest, slug: str) -> Asked:
    """The window stands in the form."""
    request.GET = request.POST
    return asking.read(request, slug)


def _may(request: PersonRequest, slug: str) -> bool:
    return request.voice.allows(WRITE, use_case=slug)


def _page(request: PersonRequest, slug: str) -> CasePage:
    row = registry.use_case(request.voice, slug)
    policy = policy_in_force(request.voice, slug)
    if policy is None:
        return without_policy(row, may=_may(request, slug))
    wanted = asking.read(request, slug)
    looked = _looked(request, wanted, policy)
    return case_page(
        row,
        wanted,
        looked,
        crossed=_crossed(request, wanted, looked),
        versions=asking.versions(request, slug),
        rows=runs.list_runs(request.voice, slug),
        months=figures.coverage_of(request.voice, looked.window),
        reviewed=bool(_by_reviewers(request, looked)),
        may=_may(request, slug),
    )


def _looked(request: PersonRequest, wanted: Asked, policy: PolicyView) -> Looked:
    """A stored run: the one named, or the newest unless a window or version is asked for."""
    run: RunView | None = None
    if wanted.run is not None:
        run = runs.run(request.voice, wanted.slug, wanted.run)
    elif not (wanted.narrowed or wanted.now):
        run = runs.newest_run(request.voice, wanted.slug)
    if run is None or run.said is None:
        return asking.sliced(request, wanted, policy)
    return Looked(
        policy=policy,
        window=Window(wanted.slug, run.since, run.until, run.model_ref),
        shown={basis: run.said.by(basis) for basis in asking.bases(wanted)},
        restricted=run.restricted,
        run=run,
    )


def _crossed(request: PersonRequest, wanted: Asked, looked: Looked) -> Axis | None:
    """The two segments of the heat map: those named, or the policy's first that fit, or its first two."""
    content = looked.policy.content
    pairs = [axis for axis in content.intersections if len(axis) == 2]
    axis: Name = pairs[0] if pairs else tuple(content.segments)[:2]
    if wanted.cross:
        axis = parted(wanted.cross)
        if len(set(axis)) != 2 or not set(axis) <= content.segments.keys():
            raise nothing_here()
    if len(axis) != 2:
        return None
    found = axis_in(looked.first, axis)
    if found is None:
        by = figures.slice_of(request.voice, looked.window, basis=looked.first.basis, by=[axis])
        found = axis_in(by, axis)
    return found


def _by_reviewers(request: PersonRequest, looked: Looked) -> Axis | None:
    by = figures.slice_of(request.voice, looked.window, basis="effective", by=[("review:group",)])
    return axis_in(by, ("review:group",))
