"""Replays of a version, on its page: start one, see how far it is, stop it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse

from explain.queries import profile
from governance.pages.replays import Replays, replays
from governance.registry import queries as registry
from governance.registry.queries import READ
from governance.registry.replays import WRITE, cancel_replay, replays_of, start_replay
from governance.registry.rows import VersionRow
from governance.views.access import PersonRequest, is_fragment, page


@page(READ)
def version_replays(request: PersonRequest, slug: str, number: str) -> HttpResponse:
    """GET: the section as it stands now, for who waits. POST: start a replay of all decisions."""
    row = registry.version(request.voice, f"{slug}@{number}")
    if request.method == "POST":
        start_replay(voice=request.voice, model=slug, number=number)
    return _section(request, row)


@page(READ)
def cancel(request: PersonRequest, slug: str, number: str, replay: UUID) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    row = registry.version(request.voice, f"{slug}@{number}")
    cancel_replay(voice=request.voice, model=slug, number=number, replay=replay)
    return _section(request, row)


def section(request: PersonRequest, row: VersionRow) -> Replays:
    """What the version's page shows of its replays."""
    return replays(
        row.model,
        row.number,
        replays_of(request.voice, model=row.model, number=row.number),
        profiled=profile(row.model_ref) is not None,
        may=request.voice.allows(WRITE, use_case=row.use_case),
    )


def _section(request: PersonRequest, row: VersionRow) -> HttpResponse:
    if not is_fragment(request):
        return redirect(f"{reverse('version', args=[row.model, row.number])}#replays")
    context: dict[str, Any] = {"replays": section(request, row)}
    return render(request, "models/_replays.html", context)
