"""Alerts: who may read and handle them, see the decisions behind them, and name these for review."""

from uuid import UUID

from audit import accesses
from audit.door import Invalid, Voice
from fairness import alerts as kept
from fairness.alerts import AlertView, RetrainingView
from fairness.behind import BatchView, Behind, batches, behind, name_batch
from governance.comparing.policies import WRITE, must_read
from governance.registry import queries as registry
from governance.roles import nothing_here, require

HANDLE = "alerts:write"
# Who is in a group is told by being in the list: protected attributes are for examiners' eyes.
EXAMINE = "why:examiner"


def alerts(voice: Voice, use_case: str, state: str = "") -> list[AlertView]:
    """The newest hundred, of this state if one is named. Raises NotFound, Forbidden."""
    must_read(voice, use_case)
    return kept.alerts(use_case, state=state)


def alert(voice: Voice, use_case: str, alert_id: UUID) -> AlertView:
    """One alert. Raises NotFound, Forbidden."""
    must_read(voice, use_case)
    found = kept.alert(alert_id)
    if found is None or found.use_case != use_case:
        raise nothing_here()
    return found


def handle(
    *,
    voice: Voice,
    use_case: str,
    alert_id: UUID,
    act: str,
    text: str = "",
    owner: str | None = None,
) -> AlertView:
    """Acknowledge, explain, close or assign an alert. Raises NotFound, Forbidden, Invalid, Conflict."""
    registry.use_case(voice, use_case)
    require(voice, HANDLE, use_case=use_case)
    return kept.act(
        actor=voice.actor, use_case=use_case, alert=alert_id, what=act, text=text, owner=owner
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


def batch(*, voice: Voice, use_case: str, alert_id: UUID, name: str) -> BatchView:
    """Name the decisions behind an alert for blind review, without seeing them. Raises NotFound,
    Forbidden, Invalid, Conflict."""
    registry.use_case(voice, use_case)
    require(voice, HANDLE, use_case=use_case)
    return name_batch(actor=voice.actor, use_case=use_case, alert_id=alert_id, name=name)


def batches_of(voice: Voice, use_case: str) -> list[BatchView]:
    """The batches named so far. Raises NotFound, Forbidden."""
    must_read(voice, use_case)
    return batches(use_case)


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
