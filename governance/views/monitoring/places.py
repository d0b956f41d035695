"""What the pages of one version share: finding it, what the address asks for, and tables as files."""

from datetime import UTC, datetime

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from explain.queries import profile
from governance.comparing.policies import must_read
from governance.pages.monitoring.place import Asked, Place
from governance.pages.monitoring.words import CHOICES
from governance.pages.sheets import Sheet
from governance.registry import queries as registry
from governance.roles import nothing_here
from governance.views.access import PersonRequest


def place(request: PersonRequest, slug: str, model: str, number: str) -> tuple[Place, bool]:
    """The version, and whether what tells of few people is left out for this reader. Raises NotFound
    unless it is of this use case, Forbidden."""
    restricted = must_read(request.voice, slug)
    version = registry.version(request.voice, f"{model}@{number}")
    if version.use_case != slug:
        raise nothing_here()
    case, row = registry.use_case(request.voice, slug), registry.model(request.voice, model)
    return Place.of(case, row, version, profile(version.model_ref)), restricted


def asked(request: PersonRequest) -> Asked:
    return Asked.of(request.GET.dict(), today=datetime.now(UTC).date(), statistics=CHOICES)


def as_csv(sheet: Sheet) -> HttpResponse:
    answer = HttpResponse(sheet.csv(), content_type="text/csv; charset=utf-8; header=present")
    name = content_disposition_header(as_attachment=True, filename=f"{sheet.name}.csv")
    answer["Content-Disposition"] = name or "attachment"
    return answer
