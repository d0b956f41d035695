"""How a use case stands: its latest figures, the alerts that are open, and the course of what is watched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from audit.door import Voice
from fairness import alerts, assessing, policies, runs
from fairness.figures import Figures
from fairness.policies import PolicyView
from fairness.runs import RunView
from fairness.series import Line, courses
from fairness.tables import Window
from governance.comparing.figures import window_of
from governance.comparing.policies import must_read


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that waits for somebody: what it is about."""

    id: UUID
    metric: str
    segment: str
    group: str


@dataclass(frozen=True, slots=True)
class Standing:
    """``policy`` None: nothing can be said yet, and nothing else is told. ``run``: the stored one the
    figures are from; None where they were computed just now. ``restricted``: without small groups."""

    policy: PolicyView | None
    run: RunView | None = None
    figures: Figures | None = None
    window: Window | None = None
    alerts: tuple[OpenAlert, ...] = ()
    restricted: bool = False


def standing(voice: Voice, use_case: str) -> Standing:
    """By the newest run that is ready, or else by the policy's window as it is now, by the machine's
    label. Raises NotFound, Forbidden."""
    restricted = must_read(voice, use_case)
    known = policies.policy(use_case)
    if known is None:
        return Standing(None)
    run = runs.newest(use_case, restricted=restricted)
    found = Standing(known, run, alerts=tuple(_open(use_case)), restricted=restricted)
    if run is not None and run.said is not None:
        window = Window(use_case, run.since, run.until, run.model_ref)
        return replace(found, figures=run.said.machine, window=window)
    window = window_of(voice, use_case, days=known.content.window_days)
    figures = assessing.slice_of(window, known.content, basis="machine", restricted=restricted)
    return replace(found, figures=figures, window=window)


def courses_of(
    standing: Standing, wanted: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], tuple[Line, ...]]:
    """Week by week what was assessed, per (metric, segment); of a standing that was handed out."""
    if standing.policy is None or standing.window is None or not wanted:
        return {}
    return courses(
        standing.window,
        standing.policy.content,
        wanted,
        basis="machine",
        restricted=standing.restricted,
    )


def _open(use_case: str) -> list[OpenAlert]:
    return [
        OpenAlert(
            one.id, *(str(one.subject.get(name, "")) for name in ("metric", "segment", "group"))
        )
        for one in alerts.alerts(use_case, state="open")
        if one.kind == "disparity"
    ]
