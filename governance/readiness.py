"""May this service take decisions now? Each condition apart, in a sentence.

A condition that fails for all instances alike, and does not endanger what is recorded, degrades the
service and does not take it out of the load balancer: receipts stay true while the sequencer is
away.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from audit import guards, partitions, publisher
from audit.queries import log_state

SEQUENCER_SECONDS = 30
_migrated = False


@dataclass(frozen=True)
class Condition:
    """``needed`` conditions make the service unready when they do not hold, others degraded."""

    name: str
    held: bool
    needed: bool
    detail: str


@dataclass(frozen=True)
class Readiness:
    """``status`` is ready, degraded or unready."""

    conditions: tuple[Condition, ...]

    @property
    def status(self) -> str:
        if not all(condition.held for condition in self.conditions if condition.needed):
            return "unready"
        return "ready" if all(condition.held for condition in self.conditions) else "degraded"


def readiness() -> Readiness:
    """All conditions; when the database is away it is the only one that can be told."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Readiness(tuple(_conditions()))
    except DatabaseError:
        detail = "The database does not answer."
        return Readiness((Condition("database", held=False, needed=True, detail=detail),))


def _conditions() -> Iterator[Condition]:
    yield Condition("database", held=True, needed=True, detail="The database answers.")
    schema = _schema()
    yield schema
    if not schema.held:
        return
    yield _sequencer()
    yield _publisher()
    yield _partitions()
    for guard in guards.state():
        yield Condition(f"guard:{guard.name}", guard.held, needed=False, detail=guard.detail)


def _schema() -> Condition:
    # Asked until it is so: reading the migrations takes a while, and nobody takes them back under
    # a running service.
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    detail = "The schema is this version's." if _migrated else "Run manage.py migrate."
    return Condition("schema", held=_migrated, needed=True, detail=detail)


def _sequencer() -> Condition:
    waits = log_state().oldest_unsequenced_seconds or 0
    return Condition(
        "sequencer",
        held=waits < SEQUENCER_SECONDS,
        needed=False,
        detail=f"The oldest entry without a place waits {waits:.1f} s.",
    )


def _publisher() -> Condition:
    state = publisher.state()
    # A database that went back, or another history: more entries would only widen the fork.
    refused = state.status == "refused"
    held = state.status in {"published", "pending"}
    detail = state.problem or "Checkpoints are published."
    return Condition("publisher", held=held, needed=refused, detail=detail)


def _partitions() -> Condition:
    ahead = partitions.state().months_ahead
    detail = f"There are partitions for {max(ahead, 0)} months ahead."
    return Condition("partitions", held=ahead >= 0, needed=True, detail=detail)
