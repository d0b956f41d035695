"""Stored assessments: who may order and read them."""

from datetime import date
from uuid import UUID

from audit.door import Voice
from fairness import runs
from fairness.runs import RunView
from governance.comparing.policies import WRITE, must_read
from governance.registry import queries as registry
from governance.roles import nothing_here, require


def order_run(
    *,
    voice: Voice,
    use_case: str,
    version: str = "",
    since: date | None = None,
    until: date | None = None,
) -> RunView:
    """Have a window assessed by a worker; a repeat finds the run that waits.

    Raises NotFound, Forbidden, Conflict without a policy, Invalid.
    """
    registry.use_case(voice, use_case)
    require(voice, WRITE, use_case=use_case)
    return runs.order(
        actor=voice.actor, use_case=use_case, model_ref=version, since=since, until=until
    )


def run(voice: Voice, use_case: str, run_id: UUID) -> RunView:
    """One run, without small groups for who may not see them. Raises NotFound, Forbidden."""
    found = runs.run(run_id, restricted=must_read(voice, use_case))
    if found is None or found.use_case != use_case:
        raise nothing_here()
    return found


def newest_run(voice: Voice, use_case: str) -> RunView | None:
    """The newest that is ready, as ``run`` tells it. Raises NotFound, Forbidden."""
    return runs.newest(use_case, restricted=must_read(voice, use_case))


def list_runs(voice: Voice, use_case: str) -> list[RunView]:
    """The newest fifty without their figures. Raises NotFound, Forbidden."""
    must_read(voice, use_case)
    return runs.runs(use_case)
