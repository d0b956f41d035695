"""The alert inbox: tiles by state, filters, and alerts as a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from fairness.alerts import STATES as STATE_NAMES
from fairness.alerts import AlertView
from fairness.inbox import KINDS as KIND_NAMES
from fairness.inbox import UNSETTLED
from governance.comparing.inbox import Inbox, Wanted
from governance.pages import formats
from governance.pages.alerts import words
from governance.pages.pieces import Cell, Column, Empty, Filter, Option, Row, Stat, Tab, Table
from governance.pages.tables import row
from governance.registry.rows import UseCaseRow

PER_PAGE: Final = 50
TODO, ALL = "", "all"
TELLS: Final = {
    "open": "nobody took them up",
    "acknowledged": "somebody looks into them",
    "explained": "a cause is written down",
    "closed": "done with",
}
COLUMNS: Final = (
    Column("Alert"),
    Column("State", "badge"),
    Column("Evidence"),
    Column("Owner"),
    Column("Age", "time"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it cannot mean is what it means without it."""

    state: str = TODO
    use_case: str = ""
    kind: str = ""
    owner: str = ""
    before: UUID | None = None

    @classmethod
    def of(cls, query: Mapping[str, str], known: Sequence[str]) -> "Asked":
        """``known``: slugs of the use cases the reader may see."""
        state, use_case = query.get("state", ""), query.get("use_case", "")
        kind, owner = query.get("kind", ""), query.get("owner", "")
        return cls(
            state=state if state in {ALL, *STATE_NAMES} else TODO,
            use_case=use_case if use_case in known else "",
            kind=kind if kind in KIND_NAMES else "",
            owner="me" if owner == "me" else "",
            before=_uuid(query.get("before", "")),
        )

    @property
    def wanted(self) -> Wanted:
        states = {TODO: UNSETTLED, ALL: STATE_NAMES}.get(self.state, (self.state,))
        return Wanted(states, self.use_case, self.kind, self.owner == "me", self.before)

    @property
    def filtered(self) -> bool:
        return bool(self.state or self.use_case or self.kind or self.owner)

    def url(self, **changed: str) -> str:
        asked = {name: getattr(self, name) for name in ("state", "use_case", "kind", "owner")}
        told = {name: value for name, value in {**asked, **changed}.items() if value}
        path = reverse("alerts")
        return f"{path}?{urlencode(told)}" if told else path


@dataclass(frozen=True, slots=True)
class InboxPage:
    """``said``: what the list covers, with its end; empty where there is nothing."""

    tabs: tuple[Tab, ...]
    tiles: tuple[Stat, ...]
    url: str
    filters: tuple[Filter, ...]
    active: bool
    table: Table
    said: str
    newer_url: str
    older_url: str


def tabs(current: str) -> tuple[Tab, ...]:
    """The neighbouring pages, for each of them."""
    pages = (
        ("monitoring", "Drift and quality"),
        ("alerts", "Alerts"),
        ("batches", "Batches"),
        ("retrainings", "Retraining"),
    )
    return tuple(Tab(label, reverse(name), name == current) for name, label in pages)


def inbox_page(
    asked: Asked,
    found: Inbox,
    *,
    cases: Sequence[UseCaseRow],
    names: Mapping[str, str],
    now: datetime,
) -> InboxPage:
    homes = {case.slug: case.name for case in cases}
    return InboxPage(
        tabs=tabs("alerts"),
        tiles=_tiles(asked, found, now),
        url=reverse("alerts"),
        filters=_filters(asked, cases),
        active=asked.filtered,
        table=Table(
            "Alerts, the newest first",
            COLUMNS,
            tuple(_line(one, homes, names, now) for one in found.alerts),
            _empty(asked, found),
        ),
        said=_said(asked, found),
        newer_url=asked.url() if asked.before else "",
        older_url=asked.url(before=str(found.alerts[-1].id)) if found.more else "",
    )


def _tiles(asked: Asked, found: Inbox, now: datetime) -> tuple[Stat, ...]:
    return tuple(_tile(asked, state, found, now) for state in STATE_NAMES)


def _tile(asked: Asked, state: str, found: Inbox, now: datetime) -> Stat:
    tally = found.tallies[state]
    detail = TELLS[state]
    if tally.oldest is not None and state != "closed":
        detail += f", the oldest for {formats.lasting((now - tally.oldest).total_seconds())}"
    waits = bool(tally.many) and state == "open"
    return Stat(
        words.STATES[state].text,
        formats.count(tally.many),
        detail=detail if tally.many else "",
        tone="bad" if waits else "",
        icon="bell" if waits else "",
        url=asked.url(state=state),
    )


def _filters(asked: Asked, cases: Sequence[UseCaseRow]) -> tuple[Filter, ...]:
    states = ((TODO, "Not closed"), *((one, words.STATES[one].text) for one in STATE_NAMES))
    kinds = (("", "Every kind"), *((one, words.KINDS[one]) for one in KIND_NAMES))
    homes = (("", "Every use case"), *((case.slug, case.name) for case in cases))
    owners = (("", "Anybody"), ("me", "Me"))
    return (
        _select("state", "State", (*states, (ALL, "All")), asked.state),
        _select("use_case", "Use case", homes, asked.use_case),
        _select("kind", "Kind", kinds, asked.kind),
        _select("owner", "Owner", owners, asked.owner),
    )


def _select(name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str) -> Filter:
    options = tuple(Option(value, text, value == chosen) for value, text in choices)
    return Filter(name, label, "select", chosen, options)


def _line(
    alert: AlertView, homes: Mapping[str, str], names: Mapping[str, str], now: datetime
) -> Row:
    state = words.STATES[alert.state]
    evidence, detail = words.evidence_line(alert)
    owner = words.owner(alert, names)
    return row(
        COLUMNS,
        Cell(
            words.title(alert),
            detail=f"{homes.get(alert.use_case, alert.use_case)} · {words.KINDS[alert.kind].lower()}",
            url=reverse("alert", args=[alert.id]),
        ),
        Cell(state.text, tone=state.tone, icon=state.icon),
        Cell(evidence, detail=detail),
        Cell(owner, tone="" if alert.owner else "neutral"),
        Cell(
            formats.lasting((now - alert.opened_at).total_seconds()),
            detail=formats.brief(alert.opened_at),
            title=formats.moment(alert.opened_at),
        ),
    )


def _empty(asked: Asked, found: Inbox) -> Empty:
    ever = sum(tally.many for tally in found.tallies.values())
    if asked.before is not None:
        return Empty("No older ones", "The list ends here.", asked.url(), "The newest")
    if ever == found.tallies["closed"].many and ever and not asked.state and not asked.owner:
        many = formats.plural(ever, "alert was raised", "alerts were raised")
        text = f"{many}, and all are closed. Nothing waits for anybody."
        return Empty("All closed", text, asked.url(state="closed"), "See the closed ones")
    if asked.filtered:
        text = "No alert is in this state, of this use case, kind and owner."
        return Empty("None like that", text, reverse("alerts"), "Clear the filters")
    return _never(found)


def _never(found: Inbox) -> Empty:
    """Silence means something only where somebody listens."""
    if not found.monitors and not found.drifting:
        return Empty(
            "No alert so far, and no monitor runs",
            "The fairness policy of a use case names its monitors of groups, its floors of performance and its "
            "limits of drift, each with a false-alarm rate. Without one nothing is watched, and no alert can be "
            "raised.",
            reverse("fairness-board"),
            "To the use cases",
        )
    return Empty("No alert so far", " ".join(_listening(found)))


def _listening(found: Inbox) -> Iterator[str]:
    many = found.monitors
    if many:
        run = "1 monitor goes" if many == 1 else f"{formats.count(many)} monitors go"
        yield (
            f"{run} along the log. One opens an alert when the evidence of a difference between groups, or of a rate "
            "below its floor, reaches what its stated false-alarm rate takes."
        )
    if found.drifting:
        judged = formats.plural(found.drifting, "use case")
        yield f"Drift is judged week by week in {judged}, and opens one beyond its limit and beyond chance."


def _said(asked: Asked, found: Inbox) -> str:
    if not found.alerts:
        return ""
    many = formats.plural(len(found.alerts), "alert")
    if found.more:
        return f"{many}, the newest first; older ones follow."
    return f"{many} to the end of the list." if asked.before else f"{many}, all there are."


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
