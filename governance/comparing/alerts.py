"""Alerts: who may read and handle them, see the decisions behind them, and name these for review."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from audit import accesses
from audit.door import Invalid, Voice
from fairness import alerts as kept
from fairness import policies
from fairness.alerts import AlertView, RetrainingView
from fairness.behind import (
    BatchView,
    Behind,
    batches,
    batches_of,
    behind,
    many_behind,
    name_batch,
)
from fairness.inbox import requests_of
from governance.comparing.evidence import without_small
from governance.comparing.policies import SMALL, WRITE, must_read
from governance.registry import queries as registry
from governance.roles import nothing_here, require

HANDLE = "alerts:write"
# Who is in a group is told by being in the list: protected attributes are for examiners' eyes.
EXAMINE = "why:examiner"


def alerts(voice: Voice, use_case: str, state: str = "") -> list[AlertView]:
    """The newest hundred, of this state if one is named. Raises NotFound, Forbidden."""
    restricted = must_read(voice, use_case)
    found = kept.alerts(use_case, state=state)
    return without_small(found) if restricted else found


def alert(voice: Voice, use_case: str, alert_id: UUID) -> AlertView:
    """One alert. Raises NotFound, Forbidden."""
    restricted = must_read(voice, use_case)
    found = kept.alert(alert_id)
    if found is None or found.use_case != use_case:
        raise nothing_here()
    return without_small([found])[0] if restricted else found


def alert_by_id(voice: Voice, alert_id: UUID) -> AlertView:
    """One alert, wherever it is of. Raises NotFound, Forbidden."""
    found = kept.alert(alert_id)
    if found is None:
        raise nothing_here()
    return alert(voice, found.use_case, alert_id)


def handle(
    *,
    voice: Voice,
    use_case: str,
    alert_id: UUID,
    act: str,
    text: str = "",
    owner: str | None = None,
    seen: int | None = None,
) -> AlertView:
    """Acknowledge, explain, close or assign an alert; ``seen``: how many acts the voice knew of.

    Raises NotFound, Forbidden, Invalid, Conflict.
    """
    registry.use_case(voice, use_case)
    require(voice, HANDLE, use_case=use_case)
    return kept.act(
        actor=voice.actor,
        use_case=use_case,
        alert=alert_id,
        what=act,
        text=text,
        owner=owner,
        seen=seen,
    )


def decisions_behind(
    voice: Voice, use_case: str, alert_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> list[Behind]:
    """The decisions an alert complains of; reading them is noted as an access.

    For those who may see protected attributes. Raises NotFound, Forbidden, Invalid.
    """
    found = alert(voice, use_case, alert_id)
    require(voice, EXAMINE, use_case=use_case)
    shown = behind(found, after=after, limit=limit)
    entries = [one.entry_id for one in shown]
    accesses.note(actor=voice.actor, purpose="alert:decisions", entries=entries)
    return shown


def more_behind(found: AlertView, after: UUID) -> bool:
    """Whether decisions follow this one behind an alert that the voice may see; nobody is shown any."""
    return bool(behind(found, after=after, limit=1))


def how_many_behind(voice: Voice, found: AlertView) -> int | None:
    """How many decisions there are behind an alert that the voice may see; None for some, but few, which
    are for few eyes."""
    many = many_behind(found)
    if voice.allows(SMALL, use_case=found.use_case):
        return many
    return None if 0 < many < policies.shown([found.use_case])[found.use_case] else many


def batches_of_alert(voice: Voice, found: AlertView) -> list[BatchView]:
    """The batches named of an alert that the voice may see."""
    return without_few(voice, batches_of(found.id))


def without_few(voice: Voice, found: Sequence[BatchView]) -> list[BatchView]:
    """The batches, without the numbers that the voice may not be told."""
    homes = {one.use_case for one in found}
    strict = {home for home in homes if not voice.allows(SMALL, use_case=home)}
    least = policies.shown(strict) if strict else {}
    return [
        replace(one, many=None) if (one.many or 0) < least.get(one.use_case, 0) else one
        for one in found
    ]


def requests_of_alert(found: AlertView) -> list[RetrainingView]:
    """The requests to train anew that it emitted."""
    return requests_of(found.id)


def batch(*, voice: Voice, use_case: str, alert_id: UUID, name: str) -> BatchView:
    """Name the decisions behind an alert for blind review, without seeing them. Raises NotFound,
    Forbidden, Invalid, Conflict."""
    registry.use_case(voice, use_case)
    require(voice, HANDLE, use_case=use_case)
    made = name_batch(actor=voice.actor, use_case=use_case, alert_id=alert_id, name=name)
    return without_few(voice, [made])[0]


def batches_named(voice: Voice, use_case: str) -> list[BatchView]:
    """The batches named so far. Raises NotFound, Forbidden."""
    must_read(voice, use_case)
    return without_few(voice, batches(use_case))


def retrainings(voice: Voice, use_case: str) -> list[RetrainingView]:
    """Requests to train anew, the newest first. Raises NotFound, Forbidden."""
    must_read(voice, use_case)
    return kept.retrainings(use_case)


def link_retraining(
    *, voice: Voice, use_case: str, retraining: UUID, version: str
) -> RetrainingView:
    """Say which version came of a request. Raises NotFound, Forbidden, Invalid, Conflict."""
    registry.use_case(voice, use_case)
    require(voice, WRITE, use_case=use_case)
    if registry.version(voice, version).use_case != use_case:
        error = {"pointer": "/version", "code": "invalid", "detail": "A version of this use case."}
        raise Invalid("A version of another use case.", errors=[error])
    return kept.link_version(
        actor=voice.actor, use_case=use_case, retraining=retraining, model_ref=version
    )
