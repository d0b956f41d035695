"""What happened to the decision, what turned out true, what went into it, and its proof."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import orjson

from governance.pages import actors, formats, outcomes
from governance.pages.pieces import Event, Fact, Tone
from governance.pages.why.known import Known
from governance.why.parts import TimelineItem
from governance.why.timeline import SENTENCES

ICONS: Final[Mapping[str, tuple[str, Tone]]] = {
    "decision": ("git-commit", "info"),
    "explanation": ("activity", "good"),
    "outcome": ("clipboard-check", "good"),
    "segments": ("users", "info"),
    "access": ("eye", ""),
    "erasure": ("eraser", "warn"),
    "review": ("users", "info"),
    "alert": ("alert-triangle", "warn"),
}
MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Report:
    label: str
    value: str
    source: str
    observed: str
    recorded: str


@dataclass(frozen=True, slots=True)
class Raw:
    """A part of the record as it was sent. ``plain`` are its lines when it is flat and short."""

    title: str
    text: str
    json: str
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    state: str
    text: str
    rows: tuple[Fact, ...]
    header: str
    checkpoint: str
    inclusion: str
    verify_url: str
    receipt_url: str


def timeline(known: Known) -> tuple[Event, ...]:
    """Oldest first; readings that follow each other are one line, and a long middle is left out."""
    told: list[Event] = []
    day = None
    for kind, items in groupby(known.answer.timeline, key=lambda item: item.kind):
        alike = list(items)
        runs = [alike] if kind == "access" else [[item] for item in alike]
        for run in runs:
            told.append(_event(known, run, new_day=run[0].at.date() != day))
            day = run[-1].at.date()
    if len(told) <= MOST:
        return tuple(told)
    left = Event("", "", "", f"{len(told) - MOST} more lines", "in the audit log", icon="")
    return (*told[: MOST // 2], left, *told[-(MOST // 2) :])


def _event(known: Known, run: list[TimelineItem], *, new_day: bool) -> Event:
    first, last = run[0], run[-1]
    icon, tone = ICONS.get(first.kind, ("", ""))
    if _refused(known, first):
        icon, tone = "ban", "warn"
    title = _title(known, first) if len(run) == 1 else f"{first.text}, {len(run)} notes"
    actors = list(dict.fromkeys(actor(known, item.actor) for item in run if item.actor))
    shown = ", ".join(actors[:2]) + (f" and {len(actors) - 2} more" if len(actors) > 2 else "")
    place = "" if last.leaf_index is None else f"leaf {formats.count(last.leaf_index)}"
    date = formats.brief_day(first.at.date()) if new_day else ""
    return Event(
        time=formats.clock(first.at),
        when=formats.moment(first.at),
        iso=formats.iso(first.at),
        title=title,
        detail=" · ".join(part for part in (date, shown, place) if part),
        tone=tone,
        icon=icon,
    )


def _title(known: Known, item: TimelineItem) -> str:
    """The line of a refusal is an explanation's line too; it must not read as if there were one."""
    return f"Explanation {known.answer.explanation.state}" if _refused(known, item) else item.text


def _refused(known: Known, item: TimelineItem) -> bool:
    explained = item.text == SENTENCES["explanation"]
    return explained and known.answer.explanation.state in {"refused", "failed"}


def actor(known: Known, name: str) -> str:
    """Who it was, in words: ``user:<id>`` by name, ``key:<prefix>`` as a key, parts of the system."""
    if name.startswith("user:"):
        return known.names.get(name, "a former user")
    return actors.called(name, {})


def reports(known: Known) -> tuple[Report, ...]:
    return tuple(
        Report(
            outcomes.called(report.label) if report.label else formats.NONE,
            formats.value(report.value),
            report.source or formats.NONE,
            formats.brief(report.observed_at),
            formats.brief(report.recorded_at),
        )
        for report in known.answer.outcome.reports
    )


def raws(known: Known) -> tuple[Raw, ...]:
    """What went in, part by part; segments are there for examiners only."""
    decision = known.answer.decision
    found = []
    if decision.features:
        lines = tuple(_lines(known, decision.features))
        found.append(
            Raw("Features", "What the model saw.", formats.pretty(decision.features), lines)
        )
    if decision.inputs and decision.inputs != decision.features:
        found.append(Raw("Inputs", "As received by the caller.", formats.pretty(decision.inputs)))
    if decision.segments:
        text = "Protected and other groups, for examination only. The model did not see them unless they are features."
        lines = tuple(
            (formats.words(name).capitalize(), formats.value(one))
            for name, one in decision.segments.items()
        )
        found.append(Raw("Segments", text, formats.pretty(decision.segments), lines))
    if decision.context:
        found.append(Raw("Context", "Sent along by the caller.", formats.pretty(decision.context)))
    return tuple(found)


def _lines(known: Known, features: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    order = known.specification.names() if known.specification else ()
    names = [
        *(name for name in order if name in features),
        *(n for n in features if n not in order),
    ]
    for name in names:
        feature = known.feature(name)
        yield feature.label, formats.value(features[name], feature.unit)


def call(known: Known) -> tuple[Fact, ...]:
    """What else is recorded about the call itself."""
    decision = known.answer.decision
    entry_id = str(decision.entry_id)
    found = [
        Fact("Entry id", "", code=entry_id, short=formats.digest(entry_id)),
        Fact("Decided", formats.moment(decision.decided_at)),
        Fact("Recorded", formats.moment(decision.recorded_at)),
    ]
    if decision.actor:
        found.append(Fact("Recorded by", actor(known, decision.actor)))
    if known.model_url:
        found.append(Fact("Model version", known.answer.model.ref, url=known.model_url))
    if decision.trace_id:
        found.append(Fact("Trace id", decision.trace_id))
    if decision.latency_ms is not None:
        found.append(Fact("Model latency", formats.milliseconds(decision.latency_ms)))
    if decision.probabilities:
        told = ", ".join(
            f"{outcomes.called(name)} {formats.figure(one)}"
            for name, one in decision.probabilities.items()
        )
        found.append(Fact("Probabilities", told))
    if decision.parents:
        found.append(Fact("Follows from", ", ".join(decision.parents)))
    return tuple(found)


def proof(known: Known) -> Proof:
    part = known.answer.proof
    rows = [_hash("Leaf hash", part.leaf_hash)]
    if part.leaf_index is not None and part.tree_size is not None:
        place = f"{formats.count(part.leaf_index)} of {formats.count(part.tree_size)}"
        rows.insert(0, Fact("Leaf", place, "counted from 0"))
    if part.root:
        rows.append(_hash("Root", part.root))
    if part.inclusion:
        rows.append(Fact("Inclusion proof", formats.plural(len(part.inclusion), "hash", "hashes")))
    return Proof(
        state=part.state,
        text=part.detail,
        rows=tuple(rows),
        # It names the actor, whom the person concerned is not told.
        header="" if known.for_subject else formats.pretty(orjson.loads(part.header)),
        checkpoint=part.checkpoint or "",
        inclusion="\n".join(part.inclusion),
        verify_url=known.verify_url,
        receipt_url=f"/api/v1/decisions/{part.entry_id}/receipt",
    )


def _hash(label: str, text: str) -> Fact:
    return Fact(label, "", code=text, short=formats.digest(text))
