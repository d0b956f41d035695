"""Feedback sets: for who may read everything of a decision, and may carry it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from audit.door import Voice
from audit.header import Header
from audit.queries import LineFilter, lines, open_bodies
from fairness.feedback import Asked, Counted, card, how_many, stream
from governance.registry import queries as registry
from governance.roles import require

EXPORT: Final = "feedback:read"
EXAMINE: Final = "why:examiner"
EARLIER: Final = 20


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a set would hold, and its data card."""

    counted: Counted
    card: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """An earlier export as its line tells of it; ``digest`` empty where the stream was broken off."""

    entry_id: UUID
    actor: str
    at: str
    decisions: int
    digest: str
    version: str
    since: date
    until: date
    labelled: bool
    overrides: bool
    segments: bool


def export(voice: Voice, asked: Asked) -> Iterator[bytes]:
    """The set as Parquet, in pieces. With segments only for who may see protected attributes.

    Raises NotFound, Forbidden before the first piece.
    """
    must_export(voice, asked.window.use_case)
    if asked.segments:
        require(voice, EXAMINE, use_case=asked.window.use_case)
    return stream(asked, actor=voice.actor)


def must_export(voice: Voice, use_case: str) -> None:
    """Permission to carry decisions out. Raises NotFound, Forbidden."""
    registry.use_case(voice, use_case)
    require(voice, EXPORT, use_case=use_case)


def foresee_export(voice: Voice, asked: Asked) -> Foreseen:
    """Counted beforehand; nobody is shown anything yet. Raises NotFound, Forbidden."""
    must_export(voice, asked.window.use_case)
    return Foreseen(how_many(asked), card(asked))


def earlier_exports(voice: Voice, use_case: str) -> list[Exported]:
    """The newest twenty, out of the log, which is some seconds ahead. Raises NotFound, Forbidden."""
    must_export(voice, use_case)
    found = lines(LineFilter({use_case}, "export"), limit=EARLIER).page.results
    headers = [row.header for row in found if row.header and row.header.use_case == use_case]
    bodies = open_bodies(headers)
    return [
        _exported(header, orjson.loads(content))
        for header in headers
        if (content := bodies[header.id].content) is not None
    ]


def _exported(header: Header, said: dict[str, Any]) -> Exported:
    return Exported(
        entry_id=header.id,
        actor=header.actor,
        at=said["at"],
        decisions=said["decisions"],
        digest=said.get("digest", ""),
        version=said["version"],
        since=date.fromisoformat(said["since"]),
        until=date.fromisoformat(said["until"]),
        labelled=said["labelled_only"],
        overrides=said["overrides_included"],
        segments=said["segments_included"],
    )
