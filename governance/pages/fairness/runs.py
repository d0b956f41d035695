"""Stored runs: which window, by which policy, computed by what, and where the log has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from fairness.runs import RunView
from governance.pages import formats
from governance.pages.fairness import links
from governance.pages.fairness.links import Asked
from governance.pages.pieces import Badge

STATES: Final = {
    "pending": Badge("Waiting for a worker", "info", "hourglass"),
    "ready": Badge("Ready", "good", "check"),
    "failed": Badge("Failed", "bad", "x"),
}
SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class RunLine:
    when: str
    who: str
    window: str
    version: str
    policy: str
    badge: Badge
    detail: str
    library: str
    agreement: str
    digest: str
    short: str
    entry_url: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class RunsPart:
    """``poll_url`` while one waits; ``order_url`` for who may order one; ``more``: how many older ones."""

    lines: tuple[RunLine, ...]
    poll_url: str
    order_url: str
    order_text: str
    asked: Asked
    more: str


def runs_part(
    rows: Sequence[RunView], asked: Asked, *, may: bool, current: RunView | None
) -> RunsPart:
    """``rows`` newest first; ``current``: the one whose figures the page shows."""
    waiting = any(row.state == "pending" for row in rows)
    older = len(rows) - SHOWN
    return RunsPart(
        lines=tuple(_line(row, asked, current) for row in rows[:SHOWN]),
        poll_url=reverse("fairness-runs", args=[asked.slug]) + asked.query() if waiting else "",
        order_url=reverse("fairness-runs", args=[asked.slug]) if may else "",
        order_text="Have this window assessed" if asked.narrowed else "Have it assessed now",
        asked=asked,
        more=f"{formats.plural(older, 'older run')} by the API" if older > 0 else "",
    )


def _line(row: RunView, asked: Asked, current: RunView | None) -> RunLine:
    return RunLine(
        when=formats.brief(row.made_at or row.asked_at),
        who="on schedule" if row.actor.startswith("system:") else "ordered",
        window=links.days(row.since, row.until),
        version=row.model_ref or "all versions",
        policy=str(row.policy),
        badge=STATES[row.state],
        detail=row.detail,
        library=row.library,
        agreement="" if row.agreement is None else agreement(row.agreement),
        digest=row.digest,
        short=formats.digest(row.digest),
        entry_url=links.entry_url(row.entry_id),
        url=links.case_url(Asked(asked.slug, basis=asked.basis, run=row.id))
        if row.state == "ready"
        else "",
        current=current is not None and current.id == row.id,
    )


def agreement(apart: float) -> str:
    return "agrees to the last bit" if apart == 0 else f"agrees to {apart:.0e}"
