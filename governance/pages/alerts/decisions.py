"""The decisions behind an alert as a table, each leading to its why-page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.urls import reverse

from fairness.alerts import AlertView
from fairness.behind import MOST, Behind
from governance.pages import formats
from governance.pages.alerts import words
from governance.pages.alerts.behind import what_being_in_it_tells, what_is_behind
from governance.pages.pieces import Cell, Column, Empty, Table
from governance.pages.tables import row
from governance.registry.rows import UseCaseRow

PER_PAGE: Final = 50
COLUMNS: Final = (
    Column("Decision"),
    Column("Decided on", "time"),
    Column("Machine's label"),
    Column("After review"),
    Column("Turned out"),
    Column("Score", "num"),
)


@dataclass(frozen=True, slots=True)
class DecisionsPage:
    """``nameable``: the reader may name them as a batch; ``next_url`` empty on the last page."""

    id: UUID
    title: str
    case: str
    sub: str
    table: Table
    said: str
    first_url: str
    next_url: str
    nameable: bool
    batch_note: str
    noted: str


def decisions_page(
    alert: AlertView,
    case: UseCaseRow,
    rows: Sequence[Behind],
    *,
    total: int,
    more: bool,
    after: UUID | None,
    may_handle: bool,
    may_ask: bool,
) -> DecisionsPage:
    """``rows``: a page; ``more``: others follow; ``may_ask``: read why each was made."""
    here = reverse("alert-decisions", args=[alert.id])
    many = formats.plural(total, "decision")
    return DecisionsPage(
        id=alert.id,
        title=words.title(alert),
        case=case.name,
        sub=f"{many} {what_is_behind(alert)}.",
        table=Table(
            "Decisions behind the alert",
            COLUMNS,
            tuple(row(COLUMNS, *_cells(one, may_ask)) for one in rows),
            Empty(
                "No decision",
                "There is none behind it any more, or the list ends here.",
                here if after else reverse("alert", args=[alert.id]),
                "To the first ones" if after else "To the alert",
            ),
        ),
        said=_said(len(rows), total, more=more, first=after is None),
        first_url=here if after else "",
        next_url=f"{here}?after={rows[-1].entry_id}" if more else "",
        nameable=may_handle and total > 0,
        batch_note=_note(total),
        noted=what_being_in_it_tells(alert),
    )


def _cells(one: Behind, may_ask: bool) -> tuple[Cell, ...]:
    entry = str(one.entry_id)
    return (
        Cell(
            formats.digest(entry), title=entry, url=reverse("why", args=[entry]) if may_ask else ""
        ),
        Cell(formats.day(one.day)),
        Cell(one.label or formats.NONE),
        Cell(
            one.effective or formats.NONE,
            tone="" if one.effective == one.label else "info",
            detail="" if one.effective == one.label else "changed by a review",
        ),
        Cell(one.truth or "not known yet", tone="" if one.truth else "neutral"),
        Cell(formats.figure(one.score)),
    )


def _said(shown: int, total: int, *, more: bool, first: bool) -> str:
    if not shown:
        return ""
    if first and not more:
        return f"{formats.plural(shown, 'decision')}, all there are."
    place = "the first" if first else "the next" if more else "the last"
    return f"{place.capitalize()} {formats.count(shown)} of {formats.count(total)}, in the order they were recorded."


def _note(total: int) -> str:
    if total > MOST:
        return f"The first {formats.count(MOST)} of {formats.count(total)} will be in it."
    return f"All {formats.count(total)} will be in it." if total > 1 else "It will be in it."
