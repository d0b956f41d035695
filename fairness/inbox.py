"""Alerts and requests of several use cases together. The caller names those its reader may see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Min, QuerySet

from fairness import policies
from fairness.alerts import STATES, AlertView, RetrainingView, retraining_of, view_of
from fairness.models import Alert, Retraining, Watch

# What somebody has still to do with.
UNSETTLED: Final = ("open", "acknowledged", "explained")
KINDS: Final = ("disparity", "performance", "drift")


def inbox(
    use_cases: Collection[str],
    *,
    states: Collection[str] = STATES,
    kind: str = "",
    owner: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[AlertView]:
    """Alerts in these states, the newest first, those opened before the alert ``before``."""
    rows = _rows(use_cases, kind).filter(state__in=states)
    if owner is not None:
        rows = rows.filter(owner=owner)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [view_of(row) for row in rows.order_by("-id")[:limit]]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many alerts are in a state, and since when the oldest of them is open."""

    many: int = 0
    oldest: datetime | None = None


def alerts_named(ids: Collection[UUID], use_cases: Collection[str]) -> dict[UUID, AlertView]:
    """Those of these alerts that are of these use cases, by id."""
    rows = Alert.objects.filter(id__in=ids, use_case__in=use_cases)
    return {row.id: view_of(row) for row in rows}


def tallies(use_cases: Collection[str], *, kind: str = "") -> dict[str, Tally]:
    """Alerts by state."""
    rows = (
        _rows(use_cases, kind).values("state").annotate(many=Count("id"), oldest=Min("opened_at"))
    )
    found = {row["state"]: Tally(row["many"], row["oldest"]) for row in rows.order_by()}
    return {state: found.get(state, Tally()) for state in STATES}


def open_alerts(use_cases: Collection[str] | None) -> int:
    """How many alerts nobody has taken up yet, in these use cases; None: in all."""
    rows = Alert.objects.filter(state="open")
    return (rows if use_cases is None else rows.filter(use_case__in=use_cases)).count()


def monitors(use_cases: Collection[str]) -> int:
    """How many watches run in these use cases: of groups, and of floors."""
    return Watch.objects.filter(use_case__in=use_cases, active=True).count()


def judging_drift(use_cases: Collection[str]) -> int:
    """How many of these use cases have drift open alerts."""
    return sum(policies.judges_drift(use_cases).values())


def requests(use_cases: Collection[str], *, limit: int = 100) -> list[RetrainingView]:
    """Requests to train anew, the newest first."""
    rows = Retraining.objects.filter(use_case__in=use_cases).order_by("-id")
    return [retraining_of(row) for row in rows[:limit]]


def requests_of(alert_id: UUID) -> list[RetrainingView]:
    """The requests that an alert emitted."""
    rows = Retraining.objects.filter(alert=alert_id).order_by("id")
    return [retraining_of(row) for row in rows]


def request(retraining: UUID) -> RetrainingView | None:
    row = Retraining.objects.filter(id=retraining).first()
    return retraining_of(row) if row else None


def _rows(use_cases: Collection[str], kind: str) -> QuerySet[Alert]:
    rows = Alert.objects.filter(use_case__in=use_cases)
    return rows.filter(kind=kind) if kind else rows
