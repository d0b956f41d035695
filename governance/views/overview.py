"""/: the overview."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render

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
from governance.comparing.inbox import open_alerts
from governance.frame import published
from governance.pages import formats
from governance.pages.overview import actions, figures, first, tables
from governance.pages.overview.page import Overview
from governance.registry import queries as registry
from governance.registry.rows import UseCaseRow, VersionRow
from governance.views.access import PersonRequest, page, visible

LATEST = 8
API = "/api/v1/decisions"


@page()
def overview(request: PersonRequest) -> HttpResponse:
    """Everybody's first page; each part for those whose roles include it."""
    now = datetime.now(UTC)
    return render(request, "overview/page.html", {"page": _overview(request, now)})


def _overview(request: PersonRequest, now: datetime) -> Overview:
    voice = request.voice
    log, publication = log_state(), published()
    versions = registry.versions(voice)
    covered = coverage([version.model_ref for version in versions])
    readable = visible(request, "why:read")
    lost = unexplained([one.model_ref for one in versions if one.use_case in readable])
    cases = registry.use_cases(voice, "decisions:read")
    always = Overview(
        tiles=(figures.explained_tile(covered), figures.log_tile(log, now)),
        actions=actions.actions(publication, poisoned(5), lost, covered, open_alerts(voice)),
        log=figures.log_facts(log, publication, now),
        first=None,
        sees_decisions=bool(cases),
        today=f"{now:%A}, {formats.day(now.date())}",
        coverage=tables.coverage_table(versions, covered),
    )
    return _with_decisions(request, always, cases, versions, now) if cases else always


def _with_decisions(
    request: PersonRequest,
    always: Overview,
    cases: list[UseCaseRow],
    versions: list[VersionRow],
    now: datetime,
) -> Overview:
    slugs = [case.slug for case in cases]
    latest = decisions(DecisionFilter(slugs), limit=LATEST).results
    # Outcomes of pseudonyms are personal data too, though no reference is shown.
    accesses.note(
        actor=request.voice.actor,
        purpose="overview:latest",
        entries=[row.entry_id for row in latest],
    )
    counted = _counted(slugs, now)
    address = request.build_absolute_uri(API)
    return replace(
        always,
        tiles=(*figures.decision_tiles(counted, now), *always.tiles),
        first=None if latest else first.first_steps(address, cases, versions, now),
        use_cases=tables.use_case_table(cases, counted),
        days=figures.days_chart(counted, now),
        latest=tables.latest_table(latest, {case.slug: case.adverse_labels for case in cases}),
    )


def _counted(slugs: list[str], now: datetime) -> figures.Counted:
    today = now.date()
    return figures.Counted(
        today=counts_by_label(slugs, today, today),
        week=counts_by_label(slugs, today - timedelta(days=6), today),
        daily=counts_by_day(slugs, today - timedelta(days=13), today),
    )
