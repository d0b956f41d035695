"""What people did with an alert, and the lines of the log that say so."""

from collections.abc import Mapping
from typing import Final

from django.urls import reverse

from fairness.alerts import Act, AlertView
from governance.pages import actors, formats
from governance.pages.pieces import Event, Fact, Tone

ACTS: Final[Mapping[str, tuple[str, Tone, str]]] = {
    "acknowledge": ("Acknowledged", "warn", "eye"),
    "explain": ("Explained", "info", "info-circle"),
    "close": ("Closed", "good", "check"),
    "assign": ("Given to another owner", "", "user"),
}


RAISED: Final[Mapping[str, str]] = {
    "disparity": "Raised by the monitor",
    "performance": "Raised by the monitor of the floor",
    "drift": "Raised when the week was judged",
}


def events(alert: AlertView, names: Mapping[str, str]) -> tuple[Event, ...]:
    """Oldest first, beginning with the alert itself."""
    opened = Event(
        time=formats.brief_day(alert.opened_at),
        when=formats.moment(alert.opened_at),
        iso=formats.iso(alert.opened_at),
        title=RAISED[alert.kind],
        detail=f"{formats.clock(alert.opened_at)} UTC",
        tone="bad",
        icon="bell",
    )
    return (opened, *(_event(one, names) for one in alert.story))


def _event(one: Act, names: Mapping[str, str]) -> Event:
    title, tone, icon = ACTS[one.act]
    by = actors.called(one.actor, names)
    return Event(
        time=formats.brief_day(one.at),
        when=formats.moment(one.at),
        iso=formats.iso(one.at),
        title=f"{title} by {by}" if one.act != "assign" else f"Given an owner by {by}",
        detail=f"“{one.text}”" if one.text else f"{formats.clock(one.at)} UTC",
        tone=tone,
        icon=icon,
    )


def record(alert: AlertView, *, may_verify: bool) -> tuple[Fact, ...]:
    """The lines of the log: of the alert, and of each act that names its own."""
    lines = [("Raised", alert.entry_id)]
    lines += [(ACTS[one.act][0], one.entry_id) for one in alert.story if one.entry_id]
    return tuple(
        Fact(
            label,
            formats.digest(str(entry)),
            url=reverse("log-verify", args=[entry]) if may_verify else "",
        )
        for label, entry in lines
    )
