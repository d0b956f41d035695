"""Feedback sets: decisions with what turned out true, for training anew, as a stream of Parquet.

Rows are read along an index a page at a time and written a row group at a time, so that memory does
not grow with the set. The digest of the very bytes stands in the log; so does who was given them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from audit import accesses
from audit.canonical import canonical
from audit.header import rfc3339, uuid7
from audit.log import Draft, append
from audit.queries import payloads
from fairness.tables import Window, versions

PAGE: Final = 1000

# A decision's segments together: the combination it most probably belongs to.
_PAGE: Final = """
SELECT f.entry_id, v.model_ref, d.decided_at, l.text, e.text, t.text, d.score, f.lag, s.segments::text
FROM (SELECT DISTINCT ON (entry_id) * FROM fairness_fact
  WHERE version = ANY (%(versions)s) AND day >= %(since)s AND day < %(until)s
    AND entry_id > %(after)s AND (NOT %(labelled)s OR truth <> 0)
    AND (%(overrides)s OR label = effective)
  ORDER BY entry_id, weight DESC, stratum LIMIT %(limit)s) f
JOIN fairness_decided d ON d.entry_id = f.entry_id JOIN fairness_version v ON v.id = f.version
JOIN fairness_stratum s ON s.id = f.stratum LEFT JOIN fairness_word l ON l.id = f.label
LEFT JOIN fairness_word e ON e.id = f.effective LEFT JOIN fairness_word t ON t.id = f.truth
ORDER BY f.entry_id"""
_FIRST: Final = UUID(int=0)
_COUNT: Final = """
SELECT count(*), count(*) FILTER (WHERE truth <> 0), count(*) FILTER (WHERE label <> effective)
FROM (SELECT DISTINCT ON (entry_id) entry_id, label, effective, truth FROM fairness_fact
  WHERE version = ANY (%(versions)s) AND day >= %(since)s AND day < %(until)s
    AND (NOT %(labelled)s OR truth <> 0) AND (%(overrides)s OR label = effective)
  ORDER BY entry_id) one"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a set holds: a window, with or without decisions that have no true label (``labelled``
    leaves them out), that a review overrode (``overrides`` keeps them), and with segments or not."""

    window: Window
    labelled: bool = True
    overrides: bool = True
    segments: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """Decisions of a set, those that have a true label, and those that a review overrode."""

    decisions: int
    labelled: int
    overridden: int


class _Row(NamedTuple):
    entry_id: UUID
    model_ref: str
    decided_at: datetime
    label: str | None
    effective: str | None
    truth: str | None
    score: float | None
    lag: int | None
    segments: str


def card(asked: Asked) -> dict[str, Any]:
    """The data card: what is in the set, and what was left out; it stands in the file's metadata."""
    window = asked.window
    return {
        "use_case": window.use_case,
        "version": window.model_ref,
        "since": window.since.isoformat(),
        "until": window.until.isoformat(),
        "labelled_only": asked.labelled,
        "overrides_included": asked.overrides,
        "segments_included": asked.segments,
        "columns": {
            "entry_id": "the decision's entry in the log",
            "features": "as the model saw them, JSON",
            "label": "the machine's label",
            "effective": "the label after review",
            "truth": "what turned out true (docs/fairness.md)",
            "lag_seconds": "from the decision to the observation",
        },
        "erased_people": "left out",
    }


def stream(asked: Asked, *, actor: str) -> Iterator[bytes]:
    """The set as bytes of a Parquet file, in pieces. The caller has settled that ``actor`` may.

    Every decision given out is noted as an access before its bytes leave. When the file is whole,
    a line of kind ``export`` says its digest, card and counts. A stream that is broken off leaves a
    line that says so, with the decisions noted and the bytes handed out: what of these arrived is
    not known. Where this process dies there is no line, and the accesses alone tell.
    """
    from fairness.parquet import Writer  # noqa: PLC0415 - pyarrow is for who exports

    given = _Given(uuid7())
    writer = Writer(card(asked) | {"export": str(given.export)}, segments=asked.segments)
    try:
        for page in _pages(asked):
            rows = _opened(page, asked)
            entries = [row["id"] for row in rows]
            accesses.note(actor=actor, purpose="export:feedback", entries=entries)
            given.count(rows)
            yield from given.out(writer.write(rows))
        yield from given.out(writer.end(given.counts))
        given.whole = True
    finally:
        _note(asked, actor, given)


def how_many(asked: Asked) -> Counted:
    """What the set would hold, counted beforehand; people erased until then are left out of it."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, _values(asked))
        ((decisions, labelled, overridden),) = cursor.fetchall()
    return Counted(decisions, labelled, overridden)


class _Given:
    """What left so far."""

    def __init__(self, export: UUID) -> None:
        self.export, self.bytes, self.whole, self.digest = export, 0, False, sha256()
        self.counts = {"decisions": 0, "labelled": 0, "overridden": 0}

    def count(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.counts["decisions"] += len(rows)
        self.counts["labelled"] += sum(row["truth"] is not None for row in rows)
        self.counts["overridden"] += sum(row["effective"] != row["label"] for row in rows)

    def out(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.digest.update(piece)
            self.bytes += len(piece)
            yield piece


def _pages(asked: Asked) -> Iterator[list[_Row]]:
    values = {**_values(asked), "after": _FIRST, "limit": PAGE}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, values)
            page = [_Row(*row) for row in cursor]
        if page:
            yield page
        if len(page) < PAGE:
            return
        values["after"] = page[-1].entry_id


def _values(asked: Asked) -> dict[str, Any]:
    return {
        "versions": versions(asked.window),
        "since": asked.window.since,
        "until": asked.window.until,
        "labelled": asked.labelled,
        "overrides": asked.overrides,
    }


def _opened(page: Sequence[_Row], asked: Asked) -> list[dict[str, Any]]:
    """With the features out of the log; people erased meanwhile are left out."""
    bodies = {one.entry_id: one for one in payloads([row.entry_id for row in page])}
    return [
        {
            "id": row.entry_id,
            "entry_id": str(row.entry_id),
            "model_ref": row.model_ref,
            "decided_at": row.decided_at,
            "features": orjson.dumps(dict(found.features or found.inputs)).decode(),
            "label": row.label,
            "effective": row.effective,
            "truth": row.truth,
            "score": row.score,
            "lag_seconds": row.lag,
            **({"segments": row.segments} if asked.segments else {}),
        }
        for row in page
        if (found := bodies.get(row.entry_id)) is not None and not found.erased and not found.damage
    ]


def _note(asked: Asked, actor: str, given: _Given) -> None:
    said = {**card(asked), **given.counts, "export": str(given.export), "at": _now()}
    if given.whole:
        said |= {"act": "feedback_exported", "digest": given.digest.hexdigest()}
    else:
        said |= {"act": "feedback_broken_off", "bytes": given.bytes}
    append(
        Draft(
            kind="export",
            use_case=asked.window.use_case,
            actor=actor,
            model_ref=asked.window.model_ref or None,
            body=canonical(said),
        )
    )


def _now() -> str:
    return rfc3339(datetime.now(UTC))
