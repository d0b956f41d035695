"""The why-answer as it stands on paper: the page's own values, what cannot be clicked written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
from django.conf import settings

from governance.pages import formats
from governance.pages.pieces import Banner, Event, Fact, State
from governance.pages.why import Known, WhyPage, why_page
from governance.pages.why.head import AUDIENCES
from governance.pages.why.reasons import Reasons
from governance.pages.why.recourse import AnswerCard
from governance.pages.why.story import Report
from governance.paper.figures import Figure, diverging_figure, readable, waterfall_figure
from governance.paper.setting import pdf

TEMPLATE: Final = "why.typ"
MOST: Final = 300
"""Lines that a list has on paper; the rest is counted, and stands in the answer as JSON."""


WIDTH: Final = 116
"""Characters of a line of verbatim text."""


@dataclass(frozen=True, slots=True)
class Pushed:
    title: str
    text: str
    legend_up: str
    legend_down: str
    figure: Figure | None
    note: str
    state: State | None


@dataclass(frozen=True, slots=True)
class Trust:
    checks: tuple[Fact, ...]
    made_of: tuple[Fact, ...]
    warnings: tuple[str, ...]
    lime: Figure | None
    lime_text: str
    legend_up: str
    legend_down: str


@dataclass(frozen=True, slots=True)
class Recourse:
    answers: tuple[AnswerCard, ...]
    state: State | None
    note: str
    notice: str
    foot: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what went in: its values, or, where it is no plain list of them, its JSON in lines. ``more``: how
    many lines are left out."""

    title: str
    text: str
    lines: tuple[tuple[str, str], ...]
    json: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Contribution:
    label: str
    value: str
    phi: str
    interval: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """``date``: year, month, day of the newest line of the record that is shown: the document's own, so that the same
    answer gives the same bytes. ``entry_id``, ``artefact``, ``leaf_hash``, ``root``: whole. ``contributions``: all of
    them, for examiners."""

    date: tuple[int, int, int]
    title: str
    case_name: str
    subject: str
    decided: str
    told_to: str
    for_subject: bool
    banners: tuple[Banner, ...]
    facts: tuple[Fact, ...]
    pushed: Pushed | None
    contributions: tuple[Contribution, ...]
    reasons: Reasons
    recourse: Recourse
    trust: Trust | None
    reports: tuple[Report, ...]
    outcome_text: str
    later: tuple[State, ...]
    parts: tuple[Part, ...]
    timeline: tuple[Event, ...]
    call: tuple[Fact, ...]
    entry_id: str
    model_ref: str
    artefact: str
    remote: bool
    proof_text: str
    leaf_hash: str
    place: str
    root: str
    inclusion: tuple[str, ...]
    checkpoint: tuple[str, ...]
    header: tuple[str, ...]
    origin: str


def why_pdf(known: Known) -> bytes:
    """The document for the audience that the answer was made for. Raises Unavailable and TooLarge."""
    fonts = [Path(settings.PAPER_FONTS)] if settings.PAPER_FONTS else []
    return pdf(TEMPLATE, as_json(why_sheet(known)), fonts=fonts)


def as_json(sheet: Sheet) -> bytes:
    return readable(orjson.dumps(sheet).decode()).encode()


def why_sheet(known: Known) -> Sheet:
    answer = known.answer
    # Who read it is left out: each copy would differ from the last by the note of the last.
    shown = tuple(item for item in answer.timeline if item.kind != "access")
    page = why_page(replace(known, answer=replace(answer, timeline=shown)))
    proof = answer.proof
    placed = proof.leaf_index is not None and proof.tree_size is not None
    return Sheet(
        date=_date([item.at for item in shown]),
        title=page.title,
        case_name=page.case_name,
        subject=page.subject,
        decided=page.decided,
        told_to=AUDIENCES[answer.audience],
        for_subject=page.for_subject,
        banners=page.banners,
        facts=page.facts,
        pushed=_pushed(page),
        contributions=_contributions(known) if answer.audience == "examiner" else (),
        reasons=page.reasons,
        recourse=_recourse(page),
        trust=_trust(page),
        reports=page.reports,
        outcome_text=page.outcome_text,
        later=page.later,
        parts=_parts(page),
        timeline=page.timeline,
        call=page.call,
        entry_id=str(answer.decision.entry_id),
        model_ref=answer.model.ref,
        artefact=answer.model.artefact_digest or "",
        remote=known.remote,
        proof_text=proof.detail,
        leaf_hash=proof.leaf_hash,
        place=f"{proof.leaf_index} of {proof.tree_size}, counted from 0" if placed else "",
        root=proof.root or "",
        inclusion=_wrapped(page.proof.inclusion),
        checkpoint=_wrapped(page.proof.checkpoint),
        header=() if page.for_subject else _wrapped(proof.header),
        origin=settings.AUDIT_ORIGIN,
    )


def _date(moments: Sequence[datetime]) -> tuple[int, int, int]:
    newest = max(moments)
    return newest.year, newest.month, newest.day


def _pushed(page: WhyPage) -> Pushed | None:
    """None where the person concerned is not told the figures: nothing then stands in their place."""
    part = page.pushed
    if page.for_subject and part.state is not None and part.state.kind == "not_available":
        return None
    return Pushed(
        title=part.title,
        text=part.text,
        legend_up=part.legend_up,
        legend_down=part.legend_down,
        figure=waterfall_figure(part.chart) if part.chart else None,
        note=part.note,
        state=part.state,
    )


def _contributions(known: Known) -> tuple[Contribution, ...]:
    return tuple(
        Contribution(
            row.label,
            formats.value(row.value, row.unit),
            formats.change(row.phi, 6),
            f"{formats.change(row.interval.lower, 6)} to {formats.change(row.interval.upper, 6)}"
            if row.interval
            else "exact",
        )
        for row in known.answer.explanation.attributions[:MOST]
    )


def _recourse(page: WhyPage) -> Recourse:
    part = page.recourse
    return Recourse(part.answers, part.state, part.note, part.notice, part.foot)


def _trust(page: WhyPage) -> Trust | None:
    part = page.trust
    if part is None:
        return None
    return Trust(
        checks=part.checks,
        made_of=part.made_of,
        warnings=part.warnings,
        lime=diverging_figure(part.lime) if part.lime else None,
        lime_text=part.lime_text,
        legend_up=part.legend_up,
        legend_down=part.legend_down,
    )


def _parts(page: WhyPage) -> tuple[Part, ...]:
    found = []
    for raw in page.raws:
        json = () if raw.lines else _wrapped(raw.json)
        more = max(0, len(raw.lines) + len(json) - MOST)
        found.append(Part(raw.title, raw.text, raw.lines[:MOST], json[:MOST], more))
    return tuple(found)


def _wrapped(text: str) -> tuple[str, ...]:
    """Its lines, cut where the paper ends."""
    return tuple(
        line[at : at + WIDTH]
        for line in text.splitlines()
        for at in range(0, max(len(line), 1), WIDTH)
    )
