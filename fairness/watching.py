"""Watching groups for as long as the policy says so, with a stated chance of ever a false alert.

A watch goes along the log behind the follower. Each step takes in what became known since the last
one, exactly once: place, states and alerts are one commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from audit.header import uuid7
from fairness import policies
from fairness.alerts import open_alert
from fairness.facts import follower_place
from fairness.increments import Seen, seen
from fairness.models import Step, Stream, Watch
from fairness.policies import PolicyView
from fairness.policy import Floor, Monitor
from fairness.sequential import bets, monitor

MOST_GROUPS: Final = 200
_FIRST: Final = """
SELECT min(told.value->>'since') FROM fairness_step s, jsonb_each(s.seen) told WHERE s.watch = %s"""


@dataclass(frozen=True, slots=True)
class GroupWatched:
    """A group against all others so far. ``capital``: its logarithm; an alarm at log(1/alpha).

    ``p`` is valid at any time. ``lower``: how much of the evidence is for the group's rate being the
    lower one, 0 to 1.
    """

    group: str
    alpha: float
    steps: int
    capital: float
    peak: float
    p: float
    lower: float
    alarmed: bool


@dataclass(frozen=True, slots=True)
class WatchView:
    """``place``: leaves of the log taken in; ``steps`` that held anything; ``active``: in the policy.
    Without a segment it is of everybody, group "", against ``least_ratio`` itself: a floor."""

    id: UUID
    use_case: str
    metric: str
    segment: str
    least_ratio: float
    alpha: float
    owner: str
    active: bool
    begun_at: datetime
    place: int
    steps: int
    groups: tuple[GroupWatched, ...]


@transaction.atomic
def settle(use_case: str) -> None:
    """Let the watches be those of the policy: new ones begin with what is recorded from now on, and
    one that is no longer named ends where it is."""
    known = policies.policy(use_case)
    if known is None:
        return
    named: list[Monitor | Floor] = [*known.content.monitors, *known.content.floors]
    wanted = {_key(one): one for one in named}
    for row in Watch.objects.select_for_update().filter(use_case=use_case, active=True):
        one = wanted.pop((row.metric, row.segment, row.least_ratio, row.alpha), None)
        row.active, row.owner = one is not None, one.owner if one else row.owner
        row.save()
    place = follower_place()
    for (metric, segment, least, alpha), one in wanted.items():
        Watch.objects.create(
            id=uuid7(),
            use_case=use_case,
            metric=metric,
            segment=segment,
            least_ratio=least,
            alpha=alpha,
            owner=one.owner,
            begun=place,
            place=place,
        )


def step_all() -> int:
    """Take every watch of the policies on as far as the follower is; how many steps held anything.

    A watch that another worker has is that worker's business.
    """
    for use_case in policies.use_cases():
        settle(use_case)
    stepped = 0
    for watch_id in Watch.objects.filter(active=True).values_list("id", flat=True):
        stepped += step(watch_id)
    return stepped


def step(watch_id: UUID) -> bool:
    """Take one watch on; whether anything became known that it is about."""
    with transaction.atomic():
        row = Watch.objects.select_for_update(skip_locked=True).filter(id=watch_id).first()
        known = policies.policy(row.use_case) if row else None
        if row is None or known is None or not row.active:
            return False
        upto = follower_place()
        if upto <= row.place:
            return False
        found = seen(
            row.use_case,
            known.content,
            metric=row.metric,
            segment=row.segment,
            first=row.place,
            upto=upto,
        )
        first, row.place = row.place, upto
        if any(one.trials for one in found):
            row.steps += 1
            _observe(row, known, found, first)
        # A crash before this commit leaves the step to be taken again, from the same place.
        row.save()
        return any(one.trials for one in found)


def watches(use_case: str) -> list[WatchView]:
    """Active ones first, each with its groups."""
    rows = list(Watch.objects.filter(use_case=use_case).order_by("-active", "metric", "begun_at"))
    streams = Stream.objects.filter(watch__in=[row.id for row in rows]).order_by("group")
    by_watch: dict[UUID, list[Stream]] = {}
    for stream in streams:
        by_watch.setdefault(stream.watch, []).append(stream)
    return [_view(row, by_watch.get(row.id, [])) for row in rows]


def _observe(row: Watch, known: PolicyView, found: Sequence[Seen], first: int) -> None:
    streams = {one.group: one for one in Stream.objects.filter(watch=row.id)}
    counts = {one.group: one for one in found}
    fresh = [group for group in counts if group not in streams][: MOST_GROUPS - len(streams)]
    for group in fresh:
        number = len(streams) + 1
        # 1/(k(k+1)) of alpha each: together never more than alpha, however many groups there come.
        share = number * (number + 1) if row.segment else 1
        begun = monitor.begin(alpha=row.alpha / share, least_ratio=row.least_ratio)
        streams[group] = Stream(
            watch=row.id, group=group, number=number, state=monitor.to_plain(begun)
        )
    hits, trials = sum(one.hits for one in found), sum(one.trials for one in found)
    told: dict[str, Any] = {}
    for group, stream in streams.items():
        mine = counts.get(group)
        x, n = (mine.hits, mine.trials) if mine else (0, 0)
        before = monitor.from_plain(stream.state)
        if row.segment:
            state = monitor.observe(before, bets.Step.of(x, n, hits - x, trials - n))
        else:
            state = monitor.observe_floor(before, np.asarray(float(x)), np.asarray(float(n)))
        stream.state = monitor.to_plain(state)
        told[group] = {"hits": x, "trials": n, "capital": float(state.capital)}
        if mine:
            told[group]["since"] = mine.since.isoformat()
        if bool(state.alarm) and not stream.alarmed:
            stream.alarmed = True
            _alert(row, known, stream, state, found)
    Stream.objects.bulk_create(
        streams.values(),
        update_conflicts=True,
        unique_fields=["watch", "group"],
        update_fields=["state", "alarmed"],
    )
    Step.objects.create(watch=row.id, number=row.steps, first=first, upto=row.place, seen=told)


def _alert(
    row: Watch, known: PolicyView, stream: Stream, state: monitor.Monitor, found: Sequence[Seen]
) -> None:
    """Figures are of the last step; the evidence is the capital, grown over all of them."""
    mine = next((one for one in found if one.group == stream.group), None)
    others = [one for one in found if one.group != stream.group]
    open_alert(
        use_case=row.use_case,
        kind="disparity" if row.segment else "performance",
        subject=_subject(row, stream, state),
        evidence={
            "watch": str(row.id),
            "step": row.steps,
            "begun": row.begun,
            "place": row.place,
            "policy": known.number,
            "alpha": _text(state.alpha),
            "p": _text(float(state.p)),
            "log_capital": _text(float(state.capital)),
            "hits": mine.hits if mine else 0,
            "trials": mine.trials if mine else 0,
            "other_hits": sum(one.hits for one in others),
            "other_trials": sum(one.trials for one in others),
            "since": _since(row, found).isoformat(),
            "until": (max(one.until for one in found) + timedelta(days=1)).isoformat(),
        },
        owner=row.owner,
    )


def _subject(row: Watch, stream: Stream, state: monitor.Monitor) -> dict[str, str]:
    if not row.segment:
        return {"metric": row.metric, "least": _text(row.least_ratio), "direction": "lower"}
    return {
        "metric": row.metric,
        "segment": row.segment,
        "group": stream.group,
        "direction": "lower" if float(state.lower) >= 0.5 else "higher",
    }


def _since(row: Watch, found: Sequence[Seen]) -> date:
    """The first day decisions of which were bet on; it began that day or before."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [row.id])
        ((first,),) = cursor.fetchall()
    told = [date.fromisoformat(first)] if first else []
    return min(row.begun_at.date(), *told, *(one.since for one in found))


def _text(value: float) -> str:
    return f"{value:.6g}"


def _key(one: Monitor | Floor) -> tuple[str, str, float, float]:
    if isinstance(one, Floor):
        return one.metric, "", one.least, one.alpha
    return one.metric, one.segment, one.least_ratio, one.alpha


def _view(row: Watch, streams: Sequence[Stream]) -> WatchView:
    names = [name for name in WatchView.__slots__ if name != "groups"]
    return WatchView(
        groups=tuple(_group(one) for one in streams), **{name: getattr(row, name) for name in names}
    )


def _group(stream: Stream) -> GroupWatched:
    state = monitor.from_plain(stream.state)
    return GroupWatched(
        group=stream.group,
        alpha=state.alpha,
        steps=state.steps,
        capital=float(state.capital),
        peak=float(state.peak),
        p=float(state.p),
        lower=float(np.nan_to_num(state.lower, nan=0.5)),
        alarmed=stream.alarmed,
    )
