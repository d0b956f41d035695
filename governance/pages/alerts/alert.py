"""The page of one alert: what was tested, what it was raised on, what is done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.urls import reverse

from fairness.alerts import ACTS, AlertView, RetrainingView
from fairness.behind import MOST, BatchView
from governance.charts import CapitalChart, times
from governance.comparing.evidence import Evidence
from governance.pages import formats
from governance.pages.alerts import drifted, story, tested, words
from governance.pages.alerts.behind import nothing_left, what_is_behind
from governance.pages.alerts.lists import BatchLine, RequestLine, batch_line, request_line
from governance.pages.pieces import Badge, Banner, Event, Fact, State, Table
from governance.registry.rows import UseCaseRow

# Whether being in the list tells of the group.
WHO_MAY: Final = {
    True: "Being in this list tells who is in the group, so it is for those who may see protected attributes: "
    "validators, compliance officers and examiners.",
    False: "The list of them is for those who may see all of a decision, protected attributes too: "
    "validators, compliance officers and examiners.",
}


@dataclass(frozen=True, slots=True)
class May:
    """What the reader may: handle alerts, see who is in which group, link versions, read the log."""

    handle: bool
    examine: bool
    link: bool
    verify: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found out of an alert; ``behind``: how many decisions, None for some that are
    too few to be told; ``registered``: the version it is
    about has pages."""

    alert: AlertView
    case: UseCaseRow
    evidence: Evidence | None
    behind: int | None
    registered: bool
    batches: Sequence[BatchView]
    requests: Sequence[RetrainingView]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AlertPage:
    """``acts``: those the alert's state allows, for who may; ``seen``: how many acts are shown. The evidence
    is a ``chart`` with its ``steps``, or figures that were ``measured``, or ``no_course`` says why not.
    """

    id: UUID
    slug: str
    case: str
    title: str
    opened: str
    state: Badge
    banner: Banner | None
    facts: tuple[Fact, ...]
    sentence: str
    chart: CapitalChart | None
    axis: str
    steps: Table | None
    measured: Table | None
    week_url: str
    version_url: str
    no_course: State
    counts: Table | None
    counts_note: str
    acts: tuple[str, ...]
    may_handle: bool
    mine: bool
    who: str
    seen: int
    events: tuple[Event, ...]
    record: tuple[Fact, ...]
    decisions: str
    decisions_note: str
    decisions_url: str
    nameable: bool
    batches: tuple[BatchLine, ...]
    requests: tuple[RequestLine, ...]
    may_link: bool


def alert_page(
    looked: Looked, may: May, *, actor: str, now: datetime, banner: Banner | None = None
) -> AlertPage:
    """``actor``: the reader, who may own the alert; ``banner``: why an act was not done."""
    alert, drift = looked.alert, looked.alert.kind == "drift"
    linked = drift and looked.registered
    open_to = [act for act, (_, allowed) in ACTS.items() if alert.state in allowed]
    return AlertPage(
        id=alert.id,
        slug=alert.use_case,
        case=looked.case.name,
        title=words.title(alert),
        opened=f"{formats.ago(alert.opened_at, now)}, {formats.moment(alert.opened_at)}",
        state=words.STATES[alert.state],
        banner=banner,
        facts=_facts(looked),
        sentence=drifted.sentence(alert) if drift else tested.sentence(alert, looked.evidence),
        chart=tested.chart(alert, looked.evidence),
        axis=tested.axis(alert),
        steps=tested.steps(alert, looked.evidence),
        measured=drifted.measured(alert) if drift else None,
        week_url=drifted.week_url(alert, now.date()) if linked else "",
        version_url=drifted.version_url(alert) if linked else "",
        no_course=_no_course(alert),
        counts=tested.counts(alert, looked.evidence),
        counts_note=drifted.note(alert) if drift else tested.counts_note(looked.evidence),
        acts=tuple(open_to) if may.handle else (),
        may_handle=may.handle,
        mine=alert.owner == actor,
        who=_who(may, alert),
        seen=len(alert.story),
        events=story.events(alert, looked.names),
        record=story.record(alert, may_verify=may.verify),
        decisions=_decisions(looked),
        decisions_note=_note(looked, may),
        decisions_url=_url(looked, may),
        nameable=looked.behind != 0 and may.handle,
        batches=tuple(batch_line(one, looked.names, verify=may.verify) for one in looked.batches),
        requests=tuple(
            request_line(one, verify=may.verify, may_link=may.link) for one in looked.requests
        ),
        may_link=may.link,
    )


def _facts(looked: Looked) -> tuple[Fact, ...]:
    alert, told = looked.alert, looked.alert.evidence
    state = words.STATES[alert.state]
    facts = [
        Fact("State", state.text, tone=state.tone, icon=state.icon, badge=True),
        Fact("Owner", words.owner(alert, looked.names)),
    ]
    if alert.kind == "drift":
        facts += drifted.facts(alert)
    else:
        facts += _tested(alert)
    since, until = (date.fromisoformat(told[name]) for name in ("since", "until"))
    facts.append(Fact("Decisions of", words.window(since, until)))
    return tuple(facts)


def _tested(alert: AlertView) -> list[Fact]:
    told, floor = alert.evidence, alert.kind == "performance"
    metric = formats.words(alert.subject["metric"])
    facts = [Fact("Floor", words.floor(alert.subject), f"{metric} of everybody")] if floor else []
    alpha = formats.percent(float(told["alpha"]), 2)
    capital = times(float(told["log_capital"]))
    return [
        *facts,
        Fact("False-alarm rate", alpha, f"ever, for this {'floor' if floor else 'group'}"),
        Fact("Evidence", f"Capital {capital}", f"{words.needed(alert)} needed"),
    ]


def _no_course(alert: AlertView) -> State:
    if alert.kind == "drift":
        text = "The week that drifted has so few decisions that its figures are not shown to you."
        return State("not_available", "No figures", text)
    return State("not_available", "No course", "The steps of this watch are not kept any more.")


def _who(may: May, alert: AlertView) -> str:
    if alert.state == "closed":
        return "It is closed, which ends it. The owner can still be changed."
    if may.handle:
        return ""
    return "Model owners, validators and compliance officers of this use case take it on."


def _decisions(looked: Looked) -> str:
    if looked.behind == 0:
        return nothing_left(looked.alert)
    few = words.FEW.capitalize()
    many = few if looked.behind is None else formats.plural(looked.behind, "decision")
    said = f"{many} {what_is_behind(looked.alert)}"
    if looked.alert.kind == "drift":
        return f"{said}. Features drift over all of them; no decision has more part in it than another."
    return f"{said}, made on the days it was raised on: whole days, so there may be more than were bet on."


def _note(looked: Looked, may: May) -> str:
    if looked.behind == 0:
        return ""
    if not may.examine:
        name = " You can name the decisions as a batch without seeing them." if may.handle else ""
        return f"{WHO_MAY[looked.alert.kind == 'disparity']}{name}"
    if looked.behind is not None and looked.behind > MOST:
        return f"A batch takes the first {formats.count(MOST)} of them."
    return ""


def _url(looked: Looked, may: May) -> str:
    shown = looked.behind != 0 and may.examine
    return reverse("alert-decisions", args=[looked.alert.id]) if shown else ""
