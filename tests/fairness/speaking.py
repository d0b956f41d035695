"""What is said of decisions in these tests: by the real verbs, or as drafts where a later issue's are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import repeat
from typing import Any

import orjson
from django.db import connection

from audit import outcomes, segments, sequencer
from audit.log import Appended, Draft, append
from fairness import cells, facts, redoing
from fairness.models import (
    Cell,
    Decided,
    Fact,
    Report,
    ScoreCell,
    Statement,
    Stratum,
    Version,
    Word,
)
from tests.audit.ledger import CASE, START, decide, decision_body
from tests.audit.voices import EVERY_ACT, PlainVoice

VOICE = PlainVoice(where=None, acts=EVERY_ACT | {"segments:write"})
POLICY: dict[str, Any] = {
    "favourable": ["approve"],
    "positive": ["repaid"],
    "segments": {
        "sex": {"purpose": "detecting discrimination"},
        "age": {"purpose": "detecting discrimination"},
    },
    "sources": ["ledger"],
}


def decided(number: int = 1, **changes: Any) -> Appended:
    (line,) = decide([decision_body(number, **changes)], VOICE)
    return line


def outcome(of: Appended, name: str, **said: Any) -> None:
    outcomes.record(voice=VOICE, decision=str(of.id), raw=orjson.dumps(_outcome(name, **said)))


def outcome_of_each(
    lines: Iterable[Appended], name: str, *each: dict[str, Any], **said: Any
) -> None:
    """The same of many at once; ``each``, if given, is what is said of the first, the second and so on."""
    bodies = [
        {**_outcome(name, **said, **own), "decision": str(line.id)}
        for line, own in zip(lines, each or repeat({}), strict=bool(each))
    ]
    outcomes.record_many(voice=VOICE, lines=map(orjson.dumps, bodies), on_error="fail")


def _outcome(name: str, **said: Any) -> dict[str, Any]:
    return {
        "id": name,
        "source": "ledger",
        "observed_at": (START + timedelta(hours=1)).isoformat(),
        **({} if "value" in said else {"label": "repaid"}),
        **said,
    }


def stated(name: str, **said: Any) -> None:
    body = {
        "id": name,
        "use_case": CASE,
        "purpose": "monitoring",
        "stated_at": (START + timedelta(hours=2)).isoformat(),
        **said,
    }
    segments.record(voice=VOICE, raw=orjson.dumps(body))


def reviewed(of: Appended, label: str, group: str = "") -> None:
    """A reviewer's conclusion, as the review queue of a later issue will write it."""
    body = orjson.dumps({"act": "concluded", "label": label, "group": group})
    append(Draft(kind="review", use_case=CASE, actor="user:r", body=body, ref=of.id))


def follow(limit: int = facts.BATCH) -> None:
    """Sequence what was written, and let the follower take it in, in batches of this size."""
    sequencer.Sequencer().step()
    while facts.follow(limit):
        continue
    redoing.walk()


def rebuild() -> None:
    facts.rebuild(lambda done, total: None)


def counted() -> list[tuple[Any, ...]]:
    """Cells by segments, label, effective label, true label, with facts and weight."""
    rows = [(orjson.loads(row[2]), *row[3:6], int(row[6]), int(row[7])) for row in cells.content()]
    return sorted(rows, key=lambda row: (sorted(row[0].items()), row[1:]))


def everything() -> list[Any]:
    """All cells, of labels and of scores."""
    return [cells.content(cells.LABELS), cells.content(cells.SCORES)]


def empty() -> None:
    """Take away all that the follower wrote, and its place: what is left is the log."""
    for kept in (Fact, Cell, ScoreCell, Decided, Report, Statement, Stratum, Word, Version):
        kept.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_place WHERE name = %s", [facts.NAME])
