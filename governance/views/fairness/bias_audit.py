"""/fairness/<use case>/local-law-144/: New York City's bias audit, to print."""

from datetime import UTC, datetime

from django.http import HttpResponse
from django.shortcuts import render

from fairness import policies
from governance.comparing import figures
from governance.comparing.policies import READ, must_read
from governance.pages.fairness import audit_asked
from governance.pages.fairness.bias_audit import audit_page
from governance.registry import queries as registry
from governance.views.access import PersonRequest, page
from governance.views.monitoring.places import as_csv


@page(READ)
def bias_audit(request: PersonRequest, slug: str) -> HttpResponse:
    """The audit of the year up to today unless another window is asked for; ``format=csv`` its tables."""
    restricted = must_read(request.voice, slug)
    case, policy = registry.use_case(request.voice, slug), policies.policy(slug)
    versions = [row.model_ref for row in registry.versions(request.voice) if row.use_case == slug]
    segments = sorted(policy.content.segments) if policy else []
    now = datetime.now(UTC)
    wanted = audit_asked.asked(
        request.GET.dict(), segments=segments, versions=versions, today=now.date()
    )
    found = None
    if policy and wanted.sex and wanted.race:
        found = figures.bias_audit(
            request.voice,
            audit_asked.window(slug, wanted),
            tool=wanted.tool,
            sex=wanted.sex,
            race=wanted.race,
        )
    shown = audit_page(
        case,
        wanted,
        policy,
        found,
        segments=segments,
        versions=versions,
        restricted=restricted,
        now=now,
    )
    if wanted.csv and shown.sheet:
        return as_csv(shown.sheet)
    return render(request, "fairness/bias_audit.html", {"page": shown})
