"""The lines of the log as a list: headers only, nothing personal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from audit.queries import EntryRow
from governance.pages import formats
from governance.pages.pieces import Cell, Column, Empty, Filter, Option, Row, Table
from governance.pages.tables import row

KINDS: Final = {
    "decision": "Decision",
    "outcome": "Outcome",
    "segments": "Segments",
    "explanation": "Explanation",
    "review": "Review",
    "approval": "Approval",
    "access": "Access to personal data",
    "erasure": "Erasure",
    "policy": "Policy",
    "alert": "Alert",
    "key": "API key",
    "registry": "Registry",
    "assessment": "Assessment of groups",
    "retraining": "Retraining",
    "export": "Export",
}
COLUMNS: Final = (
    Column("Entry"),
    Column("Leaf", "num"),
    Column("Use case"),
    Column("By"),
    Column("Recorded, UTC", "time"),
    Column("Leaf hash", "hash", wide=True),
)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with what its reader is told and may do; ``verify_url`` empty: they may not check it."""

    row: EntryRow
    actor: str
    verify_url: str


@dataclass(frozen=True, slots=True)
class EntriesPart:
    """The list that htmx replaces; ``said`` names the leaves covered and what is left out."""

    url: str
    filters: tuple[Filter, ...]
    active: bool
    table: Table
    said: str
    newer_url: str
    older_url: str


def entries_part(
    lines: Sequence[Line], *, kind: str, said: str, newer: str | None, older: str | None
) -> EntriesPart:
    """``newer`` and ``older`` are cursors."""
    return EntriesPart(
        url=reverse("log"),
        filters=(Filter("kind", "Kind", "select", kind, _kinds(kind)),),
        active=bool(kind),
        table=Table(
            "Lines of the log", COLUMNS, tuple(_line(line) for line in lines), _empty(kind)
        ),
        said=said,
        newer_url=_url(kind, newer, "newer"),
        older_url=_url(kind, older, "older"),
    )


def covered(
    newest: int | None, oldest: int | None, *, shown: int, hidden: int, kind: str, everywhere: bool
) -> str:
    """Which leaves a page covers: gaps in the numbers are told, never left to be wondered at.

    ``everywhere``: the reader may see every use case.
    """
    if newest is None or oldest is None:
        return ""
    said = (
        f"Leaves {formats.count(newest)} to {formats.count(oldest)}, {formats.count(shown)} shown"
    )
    if kind:
        said += f" ({KINDS.get(kind, kind).lower()})"
        said += "" if everywhere else ", of use cases you may see"
    if hidden:
        said += f"; {formats.count(hidden)} left out: of use cases you may not see"
    return said + "."


def _url(kind: str, cursor: str | None, way: str) -> str:
    if cursor is None:
        return ""
    asked = {"kind": kind, way: cursor}
    return f"{reverse('log')}?{urlencode({name: text for name, text in asked.items() if text})}"


def _kinds(chosen: str) -> tuple[Option, ...]:
    known = KINDS if chosen in KINDS or not chosen else {**KINDS, chosen: chosen}
    return (
        Option("", "Every kind", not chosen),
        *(Option(kind, label, kind == chosen) for kind, label in known.items()),
    )


def _empty(kind: str) -> Empty:
    if not kind:
        return Empty("No entries to show", "The log begins with the first thing that is recorded.")
    return Empty(
        "No such entry",
        "None that you may see is listed. One of the last seconds may not be listed yet.",
    )


def _line(line: Line) -> Row:
    entry, digest = line.row, line.row.leaf_hash.hex()
    place = Cell(formats.count(entry.leaf_index))
    leaf_hash = Cell(digest, short=formats.digest(digest), title="leaf hash")
    header = entry.header
    if header is None:
        what = Cell("Unreadable", detail="The stored header was changed: run verifylog", tone="bad")
        return row(COLUMNS, what, place, Cell(), Cell(), Cell(), leaf_hash)
    at = datetime.fromisoformat(header.recorded_at)
    return row(
        COLUMNS,
        Cell(
            KINDS.get(header.kind, header.kind),
            url=line.verify_url,
            detail=header.model_ref or "",
            title="Verify this entry in your browser" if line.verify_url else "",
        ),
        place,
        Cell(header.use_case or "The installation", tone="" if header.use_case else "neutral"),
        Cell(line.actor, title=header.actor),
        Cell(formats.brief(at), title=formats.moment(at)),
        leaf_hash,
    )
