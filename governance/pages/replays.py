"""Replays of a version on its page: how far, what came out, and where to look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from explain.replay.sweeps import SweepView
from explain.replay.verdicts import CAUSES
from governance.charts.small import Meter, meter
from governance.pages import formats
from governance.pages.pieces import Badge, Fact, State

STATES: Final = {
    "running": Badge("Running", "info", "hourglass"),
    "finished": Badge("Finished", "good", "check"),
    "cancelled": Badge("Cancelled", "neutral", "ban"),
    "failed": Badge("Failed", "bad", "alert-triangle"),
}
NEVER: Final = State(
    "empty",
    "Never replayed",
    "A replay computes every recorded decision again with the artefact, hashed anew, and counts what comes out "
    "otherwise: a model changed silently, or features prepared otherwise than recorded.",
)
NO_PROFILE: Final = State(
    "not_available", "Nothing to replay with", "This version has no profile, and so no artefact."
)
DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """Decisions whose score differs by as much."""

    label: str
    decisions: str
    meter: Meter


@dataclass(frozen=True, slots=True)
class Day:
    day: str
    match: str
    drift: str
    cannot: str


@dataclass(frozen=True, slots=True)
class Example:
    url: str
    entry: str
    recorded: str
    computed: str
    difference: str
    flipped: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    started: str
    state: Badge
    told: str


@dataclass(frozen=True, slots=True)
class Replays:
    """The newest replay in full, the earlier ones in a line. ``poll_url``: while one is running; ``start_url``: where
    the button posts, empty for who may not; ``cancel_url`` likewise."""

    state: State | None
    badge: Badge | None
    progress: str
    done: int
    total: int
    facts: tuple[Fact, ...]
    bars: tuple[Bar, ...]
    days: tuple[Day, ...]
    examples: tuple[Example, ...]
    earlier: tuple[Earlier, ...]
    poll_url: str
    start_url: str
    cancel_url: str
    page_url: str


def replays(
    model: str, number: str, found: Sequence[SweepView], *, profiled: bool, may: bool
) -> Replays:
    """``found`` newest first; ``may``: whether the reader may start and cancel."""
    newest = found[0] if found else None
    running = newest is not None and newest.state == "running"
    start = reverse("version-replays", args=[model, number])
    return Replays(
        state=None if newest else NEVER if profiled else NO_PROFILE,
        badge=STATES[newest.state] if newest else None,
        progress=_progress(newest) if newest else "",
        done=newest.done if newest else 0,
        total=newest.total if newest else 0,
        facts=_facts(newest) if newest else (),
        bars=_bars(newest.report) if newest else (),
        days=_days(newest.report) if newest else (),
        examples=tuple(_example(one) for one in newest.examples) if newest else (),
        earlier=tuple(_earlier(one) for one in found[1:6]),
        poll_url=start if running else "",
        start_url=start if may and profiled and not running else "",
        cancel_url=reverse("version-replay-cancel", args=[model, number, newest.id])
        if newest and running and may
        else "",
        page_url=f"{reverse('version', args=[model, number])}#replays",
    )


def _progress(one: SweepView) -> str:
    passed = f"{formats.percent(one.share, 0)} of the log passed"
    return f"{passed}, {formats.plural(one.report['decisions'], 'decision')} replayed"


def _facts(one: SweepView) -> tuple[Fact, ...]:
    report = one.report
    sizes = report["differences"]
    flips = formats.count(report["label_flips"])
    facts = [
        _counted("Match", report["match"], "good", "check", "the recorded outcome comes out again"),
        _counted("Drift", report["drift"], "bad", "alert-octagon", f"{flips} with another outcome"),
        _counted("Cannot", report["cannot"], "warn", "alert-triangle", _causes(report["causes"])),
    ]
    if sizes["compared"]:
        said = ", ".join(
            f"{formats.percent(float(share), 0)} within {_size(value)}"
            for share, value in sizes["quantiles"].items()
        )
        facts.append(Fact("Largest difference", _size(sizes["largest"]), said))
        lean = f"{formats.count(sizes['above'])} higher, {formats.count(sizes['below'])} lower"
        facts.append(Fact("Mean difference", formats.change(sizes["mean"]), lean))
    digest = one.artefact_digest
    facts.append(Fact("Artefact", "", "", code=digest, short=formats.digest(digest)))
    facts.append(Fact("Window", _window(one), "by the time decided"))
    facts.append(Fact("Started", formats.moment(one.asked_at)))
    if one.finished_at:
        entry = str(one.log_entry or "")
        facts.append(
            Fact(
                "Finished",
                formats.moment(one.finished_at),
                "its report is this line of the log",
                code=entry,
                short=formats.digest(entry),
            )
        )
    if one.detail:
        facts.append(Fact("Ended", one.detail))
    return tuple(facts)


def _size(difference: float) -> str:
    return f"{difference:.2g}"


def _counted(label: str, many: int, tone: Any, icon: str, detail: str) -> Fact:
    if not many:
        return Fact(label, "0", tone="neutral")
    return Fact(label, formats.count(many), detail, tone=tone, icon=icon)


def _causes(causes: Mapping[str, int]) -> str:
    return "; ".join(f"{CAUSES.get(name, name)}: {formats.count(n)}" for name, n in causes.items())


def _window(one: SweepView) -> str:
    if one.since is None and one.until is None:
        return "All decisions"
    return f"{formats.brief(one.since)} to {formats.brief(one.until)}"


def _bars(report: Mapping[str, Any]) -> tuple[Bar, ...]:
    sizes = report["differences"]
    if not sizes["compared"]:
        return ()
    found, low = [], ""
    for one in sizes["histogram"]:
        edge = None if one["up_to"] is None else f"{one['up_to']:g}"
        label = f"more than {low}" if edge is None else f"up to {edge}"
        share = one["decisions"] / sizes["compared"]
        found.append(Bar(label, formats.count(one["decisions"]), meter(share)))
        low = edge or low
    return tuple(found)


def _days(report: Mapping[str, Any]) -> tuple[Day, ...]:
    return tuple(
        Day(
            one["day"],
            *(formats.count(one[name]) for name in ("match", "drift", "cannot")),
        )
        for one in report["days"][-DAYS:]
    )


def _example(one: Mapping[str, Any]) -> Example:
    return Example(
        url=reverse("why", args=[one["entry_id"]]),
        entry=formats.digest(one["entry_id"]),
        recorded=formats.figure(one["recorded"], 6),
        computed=formats.figure(one["computed"], 6),
        difference=formats.NONE if one["difference"] is None else formats.change(one["difference"]),
        flipped=one["flipped"],
    )


def _earlier(one: SweepView) -> Earlier:
    report = one.report
    told = (
        f"{formats.plural(report['decisions'], 'decision')}: {formats.count(report['match'])} match, "
        f"{formats.count(report['drift'])} drift, {formats.count(report['cannot'])} cannot"
    )
    return Earlier(formats.brief(one.asked_at), STATES[one.state], told)
