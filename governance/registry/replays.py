"""Replaying all of a version: who may start, stop and read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from audit.door import NotFound, Voice
from explain.replay import sweeps
from explain.replay.sweeps import SweepView
from governance.registry import queries
from governance.roles import require

WRITE = "replays:write"


def start_replay(
    *,
    voice: Voice,
    model: str,
    number: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> SweepView:
    """Have every decision of a version replayed, or those decided in a window; a repeat joins the one running.

    For owners, validators and compliance officers. Raises NotFound, Forbidden, Conflict, Invalid.
    """
    row = queries.version(voice, f"{model}@{number}")
    require(voice, WRITE, use_case=row.use_case)
    return sweeps.start_sweep(
        actor=voice.actor, use_case=row.use_case, model_ref=row.model_ref, since=since, until=until
    )


def cancel_replay(*, voice: Voice, model: str, number: str, replay: UUID) -> SweepView:
    """End a running replay of a version. Raises NotFound, Forbidden."""
    row = queries.version(voice, f"{model}@{number}")
    require(voice, WRITE, use_case=row.use_case)
    return sweeps.cancel_sweep(actor=voice.actor, sweep_id=replay, model_ref=row.model_ref)


def replay_of(voice: Voice, *, model: str, number: str, replay: UUID) -> SweepView:
    """One replay of a version, as far as it is."""
    row = queries.version(voice, f"{model}@{number}")
    found = sweeps.sweep(replay, row.model_ref)
    if found is None:
        raise NotFound("There is no such replay of this version.")
    return shown(voice, found)


def replays_of(voice: Voice, *, model: str, number: str) -> list[SweepView]:
    """The newest replays of a version."""
    row = queries.version(voice, f"{model}@{number}")
    return [shown(voice, one) for one in sweeps.sweeps(row.model_ref)]


def shown(voice: Voice, sweep: SweepView) -> SweepView:
    """Without the examples for who may not read decisions: a score is a person's."""
    if voice.allows("why:read", use_case=sweep.use_case):
        return sweep
    return replace(sweep, examples=())
