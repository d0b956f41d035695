"""What an alert was raised on, as far as a reader may see it: few decisions are for few eyes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from audit.door import Voice
from fairness import policies
from fairness.alerts import AlertView
from fairness.courses import Course, Point, course
from governance.comparing.policies import must_read

COUNTS: Final = ("hits", "trials", "other_hits", "other_trials")
# Of a week of few decisions nothing is said, as on the pages of drift.
OF_WEEK: Final = ("decisions", "p", "psi", "psi_critical", "chi_square", "jensen_shannon", "ks")
# By kind: the counts that must not be few, and what is left out where one is.
SMALL: Final = {
    "disparity": (("trials", "other_trials"), COUNTS),
    "performance": (("trials",), COUNTS),
    "drift": (("decisions",), OF_WEEK),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """``course``: the capital over the watch's steps. ``raised``: what was seen until the alert, None
    where it is of too few; ``now``: until today. ``counted``: whether steps may be told with counts.
    """

    course: Course
    raised: Point | None
    now: Point | None
    counted: bool


def without_small(alerts: Sequence[AlertView]) -> list[AlertView]:
    """The alerts, and where the decisions of the last step, or of the week that drifted, are few, without
    what tells of them."""
    least = policies.shown({one.use_case for one in alerts})
    return [_trimmed(one, least[one.use_case]) for one in alerts]


def evidence(voice: Voice, found: AlertView) -> Evidence | None:
    """How the evidence grew; None for an alert that no watch raised. Raises NotFound, Forbidden."""
    restricted = must_read(voice, found.use_case)
    if found.kind == "drift":
        return None
    step = int(found.evidence["step"])
    # A floor is of everybody, who are the group without a name.
    grown = course(UUID(found.evidence["watch"]), found.subject.get("group", ""), step=step)
    if grown is None:
        return None
    raised, now = grown.upto(step), grown.points[-1] if grown.points else None
    if not restricted:
        return Evidence(grown, raised, now, counted=True)
    least = policies.shown([found.use_case])[found.use_case]
    enough = raised is not None and min(_compared(found, raised)) >= least
    return Evidence(grown, raised if enough else None, None, counted=False)


def _trimmed(found: AlertView, least: int) -> AlertView:
    counts, hidden = SMALL[found.kind]
    if all(found.evidence[name] >= least for name in counts if name in found.evidence):
        return found
    left = {name: value for name, value in found.evidence.items() if name not in hidden}
    return replace(found, evidence=left)


def _compared(found: AlertView, point: Point) -> tuple[int, ...]:
    """Decisions of those the test is of: of a floor there are no others."""
    return (point.trials, point.other_trials) if found.kind == "disparity" else (point.trials,)
