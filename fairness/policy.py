"""What figures of a use case mean, as data: which labels are favourable, which true, whom to compare.

Imports no framework. A policy is checked here whole; ``problems`` names every fault with its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

Direction = Literal["higher_favourable", "lower_favourable"]

METRICS: Final = (
    "selection_rate",
    "accuracy",
    "precision",
    "recall",
    "false_positive_rate",
    "false_negative_rate",
)


class Score(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The scale of scores: where the score bins begin and end, and which end is favourable."""

    low: float = 0.0
    high: float = 1.0
    direction: Direction = "higher_favourable"


class Attribute(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A segment that is compared, and the purpose it may be used for."""

    purpose: str
    protected: bool = True


class Monitor(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A sequential test of each group of a segment against all others.

    least_ratio: what is granted: no group's rate below this share of the others'; 1 for equal rates.
    alpha: the chance of ever a false alert, of all groups together, for as long as it runs.
    owner: who looks into its alerts.
    """

    metric: str
    segment: str
    least_ratio: float = 1.0
    alpha: float = 0.01
    owner: str = ""


class Floor(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A rate of all decisions together that must not fall below ``least``: a sequential test, as labels come.

    alpha: the chance of ever a false alert. owner: who looks into its alerts.
    """

    metric: Literal["accuracy", "precision", "recall"]
    least: float
    alpha: float = 0.01
    owner: str = ""


class Drift(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which drift opens an alert: of a week, beyond a limit and beyond what chance explains.

    psi: the limit of every feature (output.label and output.score among them); limits: of single
    features in its place; features: only these, empty for all. alpha: the chance of ever a false
    alert about a version, of all its features and weeks together. least: weeks with fewer decisions
    are not judged. owner: who looks into its alerts.
    """

    psi: float = 0.2
    limits: dict[str, float] = msgspec.field(default_factory=dict)
    features: tuple[str, ...] = ()
    alpha: float = 0.01
    least: int = 100
    owner: str = ""

    def limit(self, feature: str) -> float:
        return self.limits.get(feature, self.psi)


class Limits(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What figures are held against, and how few decisions are too few.

    ratio: of a group's selection rate to the most selected group's (four fifths is a flag, no
    verdict); difference: of a group's other rates to everybody else's. The margins are the smallest
    departures beyond these that must not be missed. least: fewer decisions give no evidence; shown:
    fewer are not shown to everybody.
    """

    ratio: float = 0.8
    ratio_margin: float = 0.1
    difference: float = 0.1
    difference_margin: float = 0.05
    least: int = 30
    shown: int = 10


class Content(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A policy as it is sent and kept. ``sources`` in order: the first one's word stands before others'.
    Without ``drift`` no drift opens an alert."""

    favourable: tuple[str, ...]
    positive: tuple[str, ...] = ()
    score: Score = Score()
    segments: dict[str, Attribute] = msgspec.field(default_factory=dict)
    intersections: tuple[tuple[str, ...], ...] = ()
    sources: tuple[str, ...] = ()
    limits: Limits = Limits()
    monitors: tuple[Monitor, ...] = ()
    floors: tuple[Floor, ...] = ()
    drift: Drift | None = None
    confidence: float = 0.95
    adjustment: Literal["holm", "benjamini-hochberg"] = "holm"
    retrain_on_breach: bool = False
    window_days: int = 90

    def owners(self) -> list[str]:
        """Who looks into alerts: of monitors, of floors, of drift."""
        watched = (*self.monitors, *self.floors, *((self.drift,) if self.drift else ()))
        return [one.owner for one in watched if one.owner]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a policy, and where (a JSON pointer)."""

    pointer: str
    detail: str


def read(said: Mapping[str, Any]) -> Content:
    """The policy in a JSON object. Raises msgspec.ValidationError for one of another form."""
    return msgspec.convert(said, Content)


def written(content: Content) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(content)
    return plain


def problems(content: Content) -> list[Fault]:
    """Every fault of a policy that is of the right form."""
    return list(_faults(content))


def _faults(content: Content) -> Iterator[Fault]:
    if not content.favourable:
        yield Fault("/favourable", "At least one label that is favourable to the person.")
    yield from _texts("/favourable", content.favourable)
    yield from _texts("/positive", content.positive)
    yield from _texts("/sources", content.sources)
    if not content.score.low < content.score.high:
        yield Fault("/score/high", "Above low.")
    yield from _segments(content)
    yield from _limits(content.limits)
    yield from _monitors(content)
    yield from _floors(content.floors)
    if content.drift is not None:
        yield from _drift(content.drift)
    if not 0.5 <= content.confidence < 1.0:
        yield Fault("/confidence", "From 0.5 to below 1.")
    if not 1 <= content.window_days <= 3660:
        yield Fault("/window_days", "From 1 to 3,660.")


def _segments(content: Content) -> Iterator[Fault]:
    for name, attribute in content.segments.items():
        if not attribute.purpose.strip():
            yield Fault(f"/segments/{_token(name)}/purpose", "What it may be used for.")
        if not name or ":" in name:
            yield Fault(f"/segments/{_token(name)}", "A name without a colon.")
    for at, attributes in enumerate(content.intersections):
        if len(set(attributes)) != len(attributes) or not 2 <= len(attributes) <= 4:
            yield Fault(f"/intersections/{at}", "Two to four different segments.")
        if set(attributes) - content.segments.keys():
            yield Fault(f"/intersections/{at}", "Segments that this policy names.")


def _texts(pointer: str, texts: tuple[str, ...]) -> Iterator[Fault]:
    if len(set(texts)) != len(texts) or any(not 1 <= len(text) <= 100 for text in texts):
        yield Fault(pointer, "Different texts of 1 to 100 characters.")


def _limits(limits: Limits) -> Iterator[Fault]:
    if not 0.0 < limits.ratio_margin < limits.ratio <= 1.0:
        yield Fault("/limits/ratio", "At most 1 and above its margin, which is above 0.")
    if not (0.0 <= limits.difference < 1.0 and 0.0 < limits.difference_margin < 1.0):
        yield Fault("/limits/difference", "From 0 to below 1, with a margin above 0.")
    if not 1 <= limits.shown <= limits.least <= 1_000_000:
        yield Fault("/limits/least", "At least shown, which is at least 1.")


def _monitors(content: Content) -> Iterator[Fault]:
    for at, monitor in enumerate(content.monitors):
        if monitor.metric not in METRICS:
            yield Fault(f"/monitors/{at}/metric", f"One of {', '.join(METRICS)}.")
        if monitor.segment not in content.segments:
            yield Fault(f"/monitors/{at}/segment", "A segment that this policy names.")
        if not 0.0 < monitor.least_ratio <= 1.0:
            yield Fault(f"/monitors/{at}/least_ratio", "Above 0 and at most 1.")
        if not 0.0 < monitor.alpha <= 0.5:
            yield Fault(f"/monitors/{at}/alpha", "Above 0 and at most 0.5.")


def _floors(floors: tuple[Floor, ...]) -> Iterator[Fault]:
    for at, floor in enumerate(floors):
        if not 0.0 < floor.least < 1.0:
            yield Fault(f"/floors/{at}/least", "Above 0 and below 1.")
        if not 0.0 < floor.alpha <= 0.5:
            yield Fault(f"/floors/{at}/alpha", "Above 0 and at most 0.5.")
        if len(floor.owner) > 120:
            yield Fault(f"/floors/{at}/owner", "At most 120 characters.")


def _drift(drift: Drift) -> Iterator[Fault]:
    limits = {"psi": drift.psi}
    limits |= {f"limits/{_token(name)}": limit for name, limit in drift.limits.items()}
    for place, limit in limits.items():
        if not 0.0 < limit <= 100.0:
            yield Fault(f"/drift/{place}", "Above 0 and at most 100.")
    for name in drift.limits.keys() - set(drift.features) if drift.features else ():
        yield Fault(f"/drift/limits/{_token(name)}", "A feature that is judged.")
    if len(set(drift.features)) != len(drift.features) or "" in drift.features:
        yield Fault("/drift/features", "Different names of features.")
    if not 0.0 < drift.alpha <= 0.5:
        yield Fault("/drift/alpha", "Above 0 and at most 0.5.")
    if not 30 <= drift.least <= 1_000_000:
        yield Fault("/drift/least", "From 30 to 1,000,000.")
    if len(drift.owner) > 120:
        yield Fault("/drift/owner", "At most 120 characters.")


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True)
class Reading:
    """What of a policy the facts depend on; all else is applied when figures are asked for."""

    attributes: frozenset[str] | None = None
    sources: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0


def reading(content: Content | None) -> Reading:
    """Without a policy every segment counts, no source stands before another, scores are 0 to 1."""
    if content is None:
        return Reading()
    return Reading(
        attributes=frozenset(content.segments) if content.segments else None,
        sources=content.sources,
        low=content.score.low,
        high=content.score.high,
    )
