"""Addresses of the fairness pages, with what was asked for kept; and of pages that may not be there."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from fairness.figures import Name
from governance.pages import formats

# A segment's name may hold what parts names: as in JSON pointers, a tilde stands before its number.
_TOKENS: Final = (("~", "~0"), ("/", "~1"), (",", "~2"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page was asked for: a window and version ("" and None unless told), which label is
    compared, a metric over time, segments to cross, what the heat map shows, and a stored run; ``now``:
    figures as they are ("1"), though a stored run would do."""

    slug: str
    version: str = ""
    since: date | None = None
    until: date | None = None
    basis: str = "machine"
    metric: str = "selection_rate"
    cross: str = ""
    heat: str = "rate"
    run: UUID | None = None
    now: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether there is a window or version to clear."""
        return bool(self.version or self.since or self.until)

    def but(self, **changed: Any) -> "Asked":
        return replace(self, **changed)

    def query(self) -> str:
        """``?version=…`` of all that is not as it is unless told, or ""."""
        usual = Asked(self.slug)
        told = [
            (name, getattr(self, name))
            for name in (
                "version",
                "since",
                "until",
                "basis",
                "metric",
                "cross",
                "heat",
                "run",
                "now",
            )
            if getattr(self, name) != getattr(usual, name)
        ]
        return f"?{urlencode(told)}" if told else ""


def joined(attributes: Name) -> str:
    """An axis as one name in an address."""
    return ",".join(_token(one) for one in attributes)


def parted(name: str) -> Name:
    return tuple(_plain(one) for one in name.split(","))


def case_url(asked: Asked) -> str:
    return reverse("fairness", args=[asked.slug]) + asked.query()


def segment_url(asked: Asked, attributes: Name, anchor: str = "") -> str:
    there = reverse("fairness-segment", args=[asked.slug, joined(attributes)])
    return f"{there}{asked.query()}{'#' if anchor else ''}{anchor}"


def sheet_url(asked: Asked, attributes: Name, name: str) -> str:
    """Where the table behind a chart is had as CSV."""
    if attributes:
        there = reverse("fairness-segment-sheet", args=[asked.slug, joined(attributes), name])
    else:
        there = reverse("fairness-sheet", args=[asked.slug, name])
    query = asked.query()
    return f"{there}{query}{'&' if query else '?'}format=csv"


def alert_url(alert: UUID) -> str:
    """Empty where this house has no such page."""
    return _perhaps("alert", alert)


def policy_url(slug: str) -> str:
    """Empty where this house has no such page."""
    return _perhaps("fairness-policy", slug)


def entry_url(entry: UUID | None) -> str:
    return reverse("log-verify", args=[entry]) if entry else ""


def days(since: date, until: date) -> str:
    """``30 Aug to 27 Nov``: the last day included, as people say it."""
    return f"{formats.brief_day(since)} to {formats.brief_day(until - timedelta(days=1))}"


def _perhaps(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _token(text: str) -> str:
    for plain, token in _TOKENS:
        text = text.replace(plain, token)
    return text


def _plain(text: str) -> str:
    for plain, token in reversed(_TOKENS):
        text = text.replace(token, plain)
    return text
