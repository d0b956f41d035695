"""What is asked for in a query: a window, and which groups."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from audit.api.parameters import bad_parameter
from audit.door import Voice
from fairness.tables import Window
from governance.comparing.figures import window_of

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SINCE: Final = OpenApiParameter("since", OpenApiTypes.DATE, description="First day (UTC).")
UNTIL: Final = OpenApiParameter("until", OpenApiTypes.DATE, description="The day after the last.")
VERSION: Final = OpenApiParameter(
    "version", OpenApiTypes.STR, description="slug@number; all versions unless told."
)
WINDOW: Final = [SINCE, UNTIL, VERSION]
BASIS: Final = OpenApiParameter(
    "basis",
    enum=["machine", "effective"],
    default="machine",
    description="By the machine's label, or by the one that held after review.",
)
BY: Final = OpenApiParameter(
    "by",
    OpenApiTypes.STR,
    description="Segments, by comma; several axes by semicolon. The policy's unless told.",
)
WHERE: Final = OpenApiParameter(
    "where", OpenApiTypes.STR, description="Only who is segment:value, several by comma."
)


def window(request: Request, voice: Voice, use_case: str) -> Window:
    """The window asked for. Raises Invalid for a day that is none."""
    return window_of(
        voice,
        use_case,
        version=text(request, "version"),
        since=day(request, "since"),
        until=day(request, "until"),
    )


def text(request: Request, name: str, default: str = "") -> str:
    """A parameter without the character that PostgreSQL's text cannot hold."""
    given = request.query_params.get(name, default)
    if "\x00" in given:
        raise bad_parameter(name, f"{name} is a text without control characters.")
    return given


def choice(request: Request, name: str, known: tuple[str, ...]) -> str:
    """One of a few words, the first unless told. Raises Invalid."""
    given = text(request, name, known[0])
    if given not in known:
        raise bad_parameter(name, f"{name} is one of {', '.join(known)}.")
    return given


def switch(request: Request, name: str, *, default: bool) -> bool:
    given = text(request, name, "true" if default else "false")
    if given not in {"true", "false"}:
        raise bad_parameter(name, f"{name} is true or false.")
    return given == "true"


def day(request: Request, name: str) -> date | None:
    if name not in request.query_params:
        return None
    given = text(request, name)
    try:
        # fromisoformat also takes weeks and days without hyphens, which the description does not tell of.
        return date.fromisoformat(given if _DAY.fullmatch(given) else "")
    except ValueError:
        raise bad_parameter(name, f"{name} is a day, such as 2026-01-31.") from None


def axes(request: Request) -> list[tuple[str, ...]]:
    """``by=sex;sex,age`` as attributes of each axis."""
    parts = [part for part in text(request, "by").split(";") if part]
    return [tuple(name.strip() for name in part.split(",")) for part in parts]


def wanted(request: Request) -> dict[str, str]:
    """``where=sex:f,age:old`` by segment. Raises Invalid."""
    found: dict[str, str] = {}
    for part in filter(None, text(request, "where").split(",")):
        name, colon, value = part.rpartition(":")
        if not colon or not name:
            raise bad_parameter("where", "where is segment:value, several by comma.")
        found[name] = value
    return found
