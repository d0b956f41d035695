"""What a fairness page was asked for, checked; and the figures that answer it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final, cast
from uuid import UUID

from django.http import HttpResponse

from audit.door import Invalid
from fairness.figures import BASES, Basis, Name
from fairness.policies import PolicyView
from fairness.tables import Window
from governance.comparing import figures
from governance.comparing.policies import must_read
from governance.pages.fairness import words
from governance.pages.fairness.around import Looked
from governance.pages.fairness.cross import SHOWS
from governance.pages.fairness.links import Asked
from governance.pages.sheets import Sheet
from governance.registry import queries as registry
from governance.roles import nothing_here
from governance.views.access import PersonRequest

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read(request: PersonRequest, slug: str) -> Asked:
    """Raises Invalid, with a sentence, for what cannot be asked."""
    return Asked(
        slug=slug,
        version=_text(request, "version"),
        since=_day(request, "since"),
        until=_day(request, "until"),
        basis=_choice(request, "basis", words.BASES),
        metric=_choice(request, "metric", words.METRICS),
        cross=_text(request, "cross"),
        heat=_choice(request, "heat", SHOWS),
        run=_id(request, "run"),
        now=_switch(request, "now"),
    )


def bases(asked: Asked) -> Sequence[Basis]:
    return BASES if asked.basis == "both" else [cast("Basis", asked.basis)]


def window(request: PersonRequest, asked: Asked, policy: PolicyView) -> Window:
    """Raises NotFound for a version of another use case, Invalid for an empty window."""
    return figures.window_of(
        request.voice,
        asked.slug,
        version=asked.version,
        since=asked.since,
        until=asked.until,
        days=policy.content.window_days,
    )


def sliced(
    request: PersonRequest, asked: Asked, policy: PolicyView, by: Sequence[Name] = ()
) -> Looked:
    """The window's figures as they are now, by the policy's segments or by those named."""
    found = window(request, asked, policy)
    return Looked(
        policy=policy,
        window=found,
        shown={
            basis: figures.slice_of(request.voice, found, basis=basis, by=by)
            for basis in bases(asked)
        },
        restricted=must_read(request.voice, asked.slug),
    )


def versions(request: PersonRequest, slug: str) -> list[str]:
    return [row.model_ref for row in registry.versions(request.voice) if row.use_case == slug]


def csv(request: PersonRequest, slug: str, sheets: dict[str, Sheet], name: str) -> HttpResponse:
    """One of a page's tables as a file. Raises NotFound for another, Invalid for another format."""
    if request.GET.get("format", "csv") != "csv":
        raise _invalid("format", "A table is had as csv.")
    if name not in sheets:
        raise nothing_here()
    answer = HttpResponse(
        sheets[name].csv(), content_type="text/csv; charset=utf-8; header=present"
    )
    answer["Content-Disposition"] = f'attachment; filename="{slug}-{name.replace("_", "-")}.csv"'
    return answer


def _text(request: PersonRequest, name: str) -> str:
    given: str = request.GET.get(name, "")
    if "\x00" in given:
        raise _invalid(name, f"{name} is a text without control characters.")
    return given.strip()


def _choice(request: PersonRequest, name: str, known: Collection[str]) -> str:
    given = _text(request, name) or next(iter(known))
    if given not in known:
        raise _invalid(name, f"{name} is one of {', '.join(known)}.")
    return given


def _switch(request: PersonRequest, name: str) -> str:
    given = _text(request, name)
    if given not in {"", "1"}:
        raise _invalid(name, f"{name} is 1 or absent.")
    return given


def _day(request: PersonRequest, name: str) -> date | None:
    given = _text(request, name)
    if not given:
        return None
    try:
        # fromisoformat also takes weeks and days without hyphens.
        return date.fromisoformat(given if _DAY.fullmatch(given) else "")
    except ValueError:
        raise _invalid(name, f"{name} is a day, such as 2026-01-31.") from None


def _id(request: PersonRequest, name: str) -> UUID | None:
    given = _text(request, name)
    try:
        return UUID(given) if given else None
    except ValueError:
        raise _invalid(name, f"{name} is the id of a run.") from None


def _invalid(name: str, detail: str) -> Invalid:
    errors = [{"pointer": name, "code": "parameter", "detail": detail}]
    return Invalid(detail, code="parameter", errors=errors)
