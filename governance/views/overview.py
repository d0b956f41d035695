"""/: the overview."""

from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from audit import accesses
from audit.queries import (
    DecisionFilter,
    counts_by_day,
    counts_by_label,
    decisions,
    log_state,
    poisoned,
)
from explain.queries import coverage
from explain.standing import unexplained
from governance.frame import published
from governance.pages import overview as drawn
from governance.registry import queries as registry
from governance.views.access import PersonRequest, page, visible

LATEST = 8


@page()
def overview(request: PersonRequest) -> HttpResponse:
    """Everybody's first page; each part for those whose roles include it."""
    now = datetime.now(UTC)
    return render(request, "overview/page.html", {"page": _overview(request, now)})


def _overview(request: PersonRequest, now: datetime) -> drawn.Overview:
    voice = request.voice
    log, publication = log_state(), published()
    versions = registry.versions(voice)
    covered = coverage([version.model_ref for version in versions])
    lost = unexplained(list(covered)) if visible(request, "why:read") else []
    actions = drawn.actions(publication, poisoned(5), lost, covered)
    facts = drawn.log_facts(log, publication, now)
    cases = registry.use_cases(voice, "decisions:read")
    if not cases:
        tiles = (drawn.explained_tile(covered), drawn.log_tile(log, now))
        return drawn.Overview(tiles, actions, facts, None, sees_decisions=False)
    slugs = [case.slug for case in cases]
    latest = decisions(DecisionFilter(slugs), limit=LATEST).results
    # Outcomes of pseudonyms are personal data too, though no reference is shown.
    accesses.note(
        actor=voice.actor, purpose="overview:latest", entries=[row.entry_id for row in latest]
    )
    adverse = {case.slug: case.adverse_labels for case in cases}
    counted = _counted(slugs, now)
    address = request.build_absolute_uri(reverse("overview") + "api/v1/decisions")
    return drawn.Overview(
        tiles=(*drawn.tiles(counted, covered, now), drawn.log_tile(log, now)),
        actions=actions,
        log=facts,
        first=None if latest else drawn.first_steps(address, cases, versions),
        sees_decisions=True,
        use_cases=drawn.use_case_table(cases, counted),
        days=drawn.days_chart(counted, now),
        coverage=drawn.coverage_table(versions, covered),
        latest=drawn.latest_table(latest, adverse),
        today=f"{now:%A}, {drawn.formats.day(now.date())}",
    )


def _counted(slugs: list[str], now: datetime) -> drawn.Counted:
    today = now.date()
    return drawn.Counted(
        today=counts_by_label(slugs, today, today),
        week=counts_by_label(slugs, today - timedelta(days=6), today),
        daily=counts_by_day(slugs, today - timedelta(days=13), today),
    )
