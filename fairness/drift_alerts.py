"""Drift that opens alerts: each week of a version is judged once, with a stated chance of ever a false alert.

The k-th week that is judged has 1/(k(k+1)) of the policy's alpha, which adds up to alpha over all
weeks there may ever be, and shares it among the features it judges (Bonferroni). No independence is
needed, of features or of weeks: the chance of any false alert about a version is at most alpha, as far
as each p-value holds what it says. A feature alarms when its p-value is within its share *and* its PSI
is beyond the policy's limit: of a million decisions any difference is significant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from fairness import drifting, policies
from fairness.alerts import open_alert
from fairness.drifting import FeatureWeek
from fairness.models import Alert, Decided, DriftLook, Reference, Version
from fairness.policies import PolicyView
from fairness.policy import Drift

KIND: Final = "drift"
# A week is judged so long after its Sunday: decisions of its last hours are on their way.
GRACE: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('fairness drift ' || %s))"


def judge_all(today: date | None = None) -> int:
    """Judge what weeks have ended of every version whose policy says so; how many alerts were opened.

    Repeating it changes nothing: a week is judged once, and what comes of it later is not.
    """
    now = today or datetime.now(UTC).date()
    opened = 0
    for use_case in policies.use_cases():
        known = policies.policy(use_case)
        if known is not None and known.content.drift is not None:
            for version in Version.objects.filter(use_case=use_case).order_by("id"):
                opened += _judge(known, known.content.drift, version, now)
    return opened


@transaction.atomic
def _judge(known: PolicyView, drift: Drift, version: Version, today: date) -> int:
    """A crash before the commit leaves the weeks to be judged again, and no alert of them."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [version.pk])
    last = DriftLook.objects.filter(version=version.pk).order_by("-number").first()
    ended = _monday(today - GRACE)
    # Of a version never judged before the last week alone: old news would use up the alpha.
    since = last.week + _WEEK if last else ended - _WEEK
    if since >= ended or _still_to_code(version.pk, ended):
        return 0
    weeks: dict[date, list[FeatureWeek]] = {}
    for one in drifting.drift(known.use_case, version.model_ref, since=since, until=ended):
        if one.decisions >= drift.least and one.p is not None and _judged(drift, one.feature):
            weeks.setdefault(one.week, []).append(one)
    number = last.number if last else 0
    return sum(
        _look(known, drift, version, weeks[week], number + at)
        for at, week in enumerate(sorted(weeks), 1)
    )


def _look(
    known: PolicyView, drift: Drift, version: Version, found: Sequence[FeatureWeek], number: int
) -> int:
    """Judge a week; how many alerts it opened."""
    share = drift.alpha / (number * (number + 1)) / len(found)
    alarmed = [one for one in found if _alarms(drift, one, share)]
    waiting = _with_open_alert(known.use_case, version.model_ref)
    fresh = [one for one in alarmed if one.feature not in waiting]
    DriftLook.objects.create(
        version=version.pk,
        week=found[0].week,
        number=number,
        features=len(found),
        alarmed=[one.feature for one in alarmed],
    )
    for one in fresh:
        open_alert(
            use_case=known.use_case,
            kind=KIND,
            subject={"version": version.model_ref, "feature": one.feature},
            evidence={
                **_figures(one),
                "limit": _text(drift.limit(one.feature)),
                "alpha": _text(drift.alpha),
                "share": _text(share),
                "look": number,
                "features": len(found),
                "policy": known.number,
                "since": one.week.isoformat(),
                "until": (one.week + _WEEK).isoformat(),
            },
            owner=drift.owner,
            model_ref=version.model_ref,
        )
    return len(fresh)


def _alarms(drift: Drift, one: FeatureWeek, share: float) -> bool:
    beyond = one.psi is not None and one.psi > drift.limit(one.feature)
    return beyond and one.p is not None and one.p <= share


def _judged(drift: Drift, feature: str) -> bool:
    return not drift.features or feature in drift.features


def _with_open_alert(use_case: str, model_ref: str) -> set[str]:
    """Features about which somebody has yet to close an alert: one at a time is enough."""
    rows = Alert.objects.filter(use_case=use_case, kind=KIND, subject__version=model_ref)
    return {row.subject["feature"] for row in rows.exclude(state="closed")}


def _still_to_code(version: int, ended: date) -> bool:
    """Whether decisions of the weeks to judge are not counted yet."""
    row = Reference.objects.filter(version=version).first()
    if row is None:
        return False
    upto = datetime(ended.year, ended.month, ended.day, tzinfo=UTC)
    waiting = Decided.objects.filter(
        version=version, leaf_index__gte=row.place, decided_at__lt=upto
    )
    return waiting.exists()


def _figures(one: FeatureWeek) -> dict[str, Any]:
    return {
        "decisions": round(one.decisions),
        **{
            name: "" if (value := getattr(one, name)) is None else _text(value)
            for name in ("p", "psi", "psi_critical", "chi_square", "jensen_shannon", "ks")
        },
    }


def _text(value: float) -> str:
    return f"{value:.6g}"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
