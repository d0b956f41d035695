"""Which decisions of a use case are explained, and back-fills: for owners and compliance officers."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from audit.door import Invalid, Voice
from explain import backfill, foresight, policies
from explain.backfill import BackfillView
from explain.foresight import Foresight
from explain.policies import PolicyView
from explain.reasons import LIMIT
from governance.registry import queries as registry
from governance.roles import nothing_here, require

WRITE = "explain:write"


def explain_policy(voice: Voice, use_case: str) -> PolicyView:
    """The policy in force. Raises NotFound for a use case the voice may not see."""
    return policies.policy(registry.use_case(voice, use_case).slug)


def set_explain_policy(
    *,
    voice: Voice,
    use_case: str,
    rule: str,
    rate: float | None = None,
    seed: int = 0,
    most_reasons: int = LIMIT,
    thresholds: Mapping[str, float] | None = None,
) -> PolicyView:
    """Say what is explained from now on; the log says who did. A repeat changes nothing.

    Raises Forbidden, NotFound, Invalid.
    """
    require(voice, WRITE, use_case=use_case)
    registry.use_case(voice, use_case)
    return policies.set_policy(
        actor=voice.actor,
        use_case=use_case,
        rule=rule,
        rate=rate,
        seed=seed,
        most_reasons=most_reasons,
        thresholds=thresholds,
    )


def foresee_policy(voice: Voice, use_case: str, *, rate: float, seed: int) -> Foresight:
    """What each rule would have explained of the newest decisions: counts alone. Raises NotFound."""
    return foresight.foresee(registry.use_case(voice, use_case).slug, rate=rate, seed=seed)


def start_backfill(
    *,
    voice: Voice,
    use_case: str,
    version: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    adverse_only: bool = False,
) -> BackfillView:
    """Have workers explain decisions made already; a repeat finds the walk under way.

    Raises Forbidden, NotFound, and Invalid for a version that is not of this use case.
    """
    require(voice, WRITE, use_case=use_case)
    registry.use_case(voice, use_case)
    if version and registry.version(voice, version).use_case != use_case:
        detail = "A version of another use case."
        errors = [{"pointer": "/version", "code": "invalid", "detail": detail}]
        raise Invalid("The back-fill cannot be started.", errors=errors)
    return backfill.start(
        actor=voice.actor,
        use_case=use_case,
        model_ref=version,
        since=since,
        until=until,
        adverse_only=adverse_only,
    )


def cancel_backfill(*, voice: Voice, use_case: str, backfill_id: UUID) -> BackfillView:
    """End a walk where it is. Raises Forbidden, NotFound."""
    require(voice, WRITE, use_case=use_case)
    found = backfill.backfill(backfill_id)
    if found is None or found.use_case != use_case:
        raise nothing_here()
    return backfill.cancel(backfill_id, actor=voice.actor)


def backfills(voice: Voice, use_case: str) -> list[BackfillView]:
    """The newest walks first. Raises NotFound."""
    return backfill.backfills(registry.use_case(voice, use_case).slug)
