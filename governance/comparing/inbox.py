"""Alerts, batches and requests of every use case that a voice may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from audit.door import Voice
from fairness import inbox as listed
from fairness.alerts import AlertView, RetrainingView
from fairness.behind import BatchView, batches
from fairness.inbox import Tally
from governance.comparing.alerts import without_few
from governance.comparing.evidence import without_small
from governance.comparing.policies import READ, SMALL
from governance.registry import queries as registry
from governance.registry.rows import UseCaseRow
from governance.roles import nothing_here

MOST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """``use_case`` and ``kind`` empty: of all. ``mine``: those the voice owns. ``before``: an alert."""

    states: Sequence[str]
    use_case: str = ""
    kind: str = ""
    mine: bool = False
    before: UUID | None = None


@dataclass(frozen=True, slots=True)
class Inbox:
    """``tallies``: alerts by state, of the use case and kind asked for; ``more``: there are older ones;
    ``monitors``: how many run there, those of floors among them; ``drifting``: use cases in which
    drift opens alerts."""

    alerts: tuple[AlertView, ...]
    tallies: dict[str, Tally]
    more: bool
    monitors: int
    drifting: int


def readable(voice: Voice) -> list[UseCaseRow]:
    """The use cases whose alerts the voice may read, by name."""
    return registry.use_cases(voice, READ)


def inbox(voice: Voice, wanted: Wanted, *, limit: int = 50) -> Inbox:
    """A page of alerts, the newest first, small groups' counts left out for who may not see them."""
    homes = [one.slug for one in readable(voice) if wanted.use_case in {"", one.slug}]
    found = listed.inbox(
        homes,
        states=wanted.states,
        kind=wanted.kind,
        owner=voice.actor if wanted.mine else None,
        before=wanted.before,
        limit=limit + 1,
    )
    return Inbox(
        alerts=tuple(_seen(voice, found[:limit])),
        tallies=listed.tallies(homes, kind=wanted.kind),
        more=len(found) > limit,
        monitors=listed.monitors(homes),
        drifting=listed.judging_drift(homes),
    )


def open_alerts(voice: Voice) -> int | None:
    """How many alerts wait for somebody to take them up; None for who may read none."""
    where = voice.use_cases(READ)
    return None if where == frozenset() else listed.open_alerts(where)


def all_batches(voice: Voice) -> tuple[list[BatchView], dict[UUID, AlertView]]:
    """The newest batches, at most 200, and the alerts they were named of."""
    homes = [one.slug for one in readable(voice)]
    found = without_few(voice, batches(*homes, limit=MOST))
    return found, listed.alerts_named({one.alert for one in found if one.alert}, homes)


def all_requests(voice: Voice) -> tuple[list[RetrainingView], dict[UUID, AlertView]]:
    """The newest requests to train anew, at most 200, and the alerts that emitted them."""
    homes = [one.slug for one in readable(voice)]
    found = listed.requests(homes, limit=MOST)
    return found, listed.alerts_named({one.alert for one in found}, homes)


def request_by_id(voice: Voice, retraining: UUID) -> RetrainingView:
    """One request, wherever it is of. Raises NotFound."""
    found = listed.request(retraining)
    if found is None or not voice.allows(READ, use_case=found.use_case):
        raise nothing_here()
    return found


def _seen(voice: Voice, alerts: Sequence[AlertView]) -> list[AlertView]:
    trimmed = {one.id: one for one in without_small(alerts)}
    return [
        one if voice.allows(SMALL, use_case=one.use_case) else trimmed[one.id] for one in alerts
    ]
