"""The decisions behind a figure, by filter; and naming them as a batch for blind review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Func, IntegerField

from audit.canonical import canonical
from audit.door import Conflict, Invalid, NotFound
from audit.header import uuid7
from audit.log import Draft, append
from fairness import codes, policies
from fairness.alerts import AlertView, alert
from fairness.models import Batch
from fairness.tables import Window, versions

MOST: Final = 5000

# Of each rate, the decisions that make it worse for the group: when it is lower, when it is higher.
_WORSE: Final[Mapping[str, tuple[str, str]]] = {
    "selection_rate": ("NOT predicted", "predicted"),
    "accuracy": ("known AND predicted <> actual", "known AND predicted = actual"),
    "precision": ("known AND predicted AND NOT actual", "known AND predicted AND actual"),
    "recall": ("known AND actual AND NOT predicted", "known AND actual AND predicted"),
    "false_positive_rate": (
        "known AND NOT actual AND NOT predicted",
        "known AND NOT actual AND predicted",
    ),
    "false_negative_rate": ("known AND actual AND predicted", "known AND actual AND NOT predicted"),
}
_ROWS: Final = """ FROM (
  SELECT f.entry_id, f.day, coalesce(l.text, '') AS label, coalesce(e.text, '') AS effective,
    coalesce(t.text, '') AS truth, f.score, f.truth <> 0 AS known,
    f.label = ANY (%(favourable)s) AS predicted, f.truth = ANY (%(positive)s) AS actual
  FROM fairness_fact f JOIN fairness_stratum s ON s.id = f.stratum
  LEFT JOIN fairness_word l ON l.id = f.label LEFT JOIN fairness_word e ON e.id = f.effective
  LEFT JOIN fairness_word t ON t.id = f.truth
  WHERE f.version = ANY (%(versions)s) AND f.day >= %(since)s AND f.day < %(until)s
    {among}
    AND (%(after)s::uuid IS NULL OR f.entry_id > %(after)s)
) one WHERE {worse}"""
_LISTED: Final = "SELECT entry_id, day, label, effective, truth, score"
_ORDERED: Final = """ GROUP BY entry_id, day, label, effective, truth, score
ORDER BY entry_id LIMIT %(limit)s"""
_LABELLED: Final = "AND f.label <> 0"
_OF_GROUP: Final = " AND s.segments ->> %(segment)s = %(group)s"


@dataclass(frozen=True, slots=True)
class Behind:
    """A decision that a figure is of. Those of whom the group is inferred count among them."""

    entry_id: UUID
    day: date
    label: str
    effective: str
    truth: str
    score: float | None


@dataclass(frozen=True, slots=True)
class BatchView:
    """``digest``: SHA-256 of the entry ids, one a line, in order; ``many`` of them, None where they are
    too few for the reader to be told."""

    id: UUID
    use_case: str
    name: str
    alert: UUID | None
    many: int | None
    digest: str
    entry_id: UUID
    actor: str
    made_at: datetime


def behind(found: AlertView, *, after: UUID | None = None, limit: int = 50) -> list[Behind]:
    """The decisions behind an alert, in order of entries, those after ``after``.

    Of a disparity they are of the group and window it was raised on, and on the side that it complains
    of: where a selection rate is too low, those not selected. Of performance likewise, of everybody:
    where accuracy fell, those that were wrong. Of drift they are all the version
    decided in the week. Raises Invalid where the policy it was raised by is not known.
    """
    query, values = _asked(found)
    with connection.cursor() as cursor:
        cursor.execute(_LISTED + query + _ORDERED, {**values, "after": after, "limit": limit})
        return [Behind(*row) for row in cursor]


def many_behind(found: AlertView) -> int:
    """How many decisions there are behind an alert today. Raises Invalid as ``behind``."""
    query, values = _asked(found)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT entry_id){query}", {**values, "after": None})
        ((many,),) = cursor.fetchall()
    return int(many)


def _asked(found: AlertView) -> tuple[str, dict[str, Any]]:
    """The rows behind an alert as SQL, and its values."""
    since, until = (date.fromisoformat(found.evidence[name]) for name in ("since", "until"))
    window = Window(found.use_case, since, until, found.subject.get("version", ""))
    query, values = _of_week() if found.kind == "drift" else _of_rate(found)
    return query, {**values, "versions": versions(window), "since": since, "until": until}


def _of_week() -> tuple[str, dict[str, Any]]:
    """All of it: the features moved together, no decision more than another."""
    return _ROWS.format(among="", worse="true"), {"favourable": [], "positive": []}


def _of_rate(found: AlertView) -> tuple[str, dict[str, Any]]:
    known = policies.policy(found.use_case, found.evidence.get("policy"))
    if known is None:
        raise Invalid("The policy this alert was raised by is not known.")
    lower, higher = _WORSE[found.subject["metric"]]
    query = _ROWS.format(
        worse=lower if found.subject["direction"] == "lower" else higher,
        among=_LABELLED + (_OF_GROUP if found.kind == "disparity" else ""),
    )
    return query, {
        "favourable": codes.known_words(known.content.favourable),
        "positive": codes.known_words(known.content.positive),
        "segment": found.subject.get("segment"),
        "group": found.subject.get("group"),
    }


@transaction.atomic
def name_batch(*, actor: str, use_case: str, alert_id: UUID, name: str) -> BatchView:
    """Name the decisions behind an alert, at most the first 5,000, for a blind review.

    The caller has settled that ``actor`` may. A repeat of the name for the same alert gives the
    batch of that time; for another it is a Conflict. Raises NotFound, Invalid.
    """
    found = alert(alert_id)
    if found is None or found.use_case != use_case:
        raise NotFound("There is no such alert.")
    text = name.strip()
    if not 1 <= len(text) <= 120:
        error = {"pointer": "/name", "code": "invalid", "detail": "1 to 120 characters."}
        raise Invalid("The batch needs a name.", errors=[error])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('fairness batch ' || %s))", [use_case]
        )
    known = Batch.objects.filter(use_case=use_case, name=text).first()
    if known is not None:
        if known.alert != alert_id:
            raise Conflict("Another batch has this name.", code="taken", title="Name taken")
        return _view(known, len(known.entries))
    entries = [one.entry_id for one in behind(found, limit=MOST)]
    if not entries:
        raise Invalid("There is no decision behind this alert any more.")
    return _view(_named(actor, found, text, entries), len(entries))


def batches(*use_cases: str, limit: int | None = None) -> list[BatchView]:
    """Those of these use cases, the newest first."""
    rows = _counted().filter(use_case__in=use_cases)[:limit]
    return [_view(row, row.many) for row in rows]


def batches_of(alert_id: UUID) -> list[BatchView]:
    """Those named of an alert, the newest first."""
    return [_view(row, row.many) for row in _counted().filter(alert=alert_id)]


def _counted() -> Any:
    many = Func(F("entries"), function="cardinality", output_field=IntegerField())
    return Batch.objects.defer("entries").annotate(many=many).order_by("-made_at")


def _named(actor: str, found: AlertView, name: str, entries: Sequence[UUID]) -> Batch:
    batch = uuid7()
    digest = sha256("\n".join(str(entry) for entry in entries).encode()).hexdigest()
    body = {
        "act": "batch_named",
        "batch": str(batch),
        "alert": str(found.id),
        "many": len(entries),
        "digest": digest,
        "name": name,
    }
    line = append(
        Draft(
            kind="review",
            use_case=found.use_case,
            actor=actor,
            body=canonical(body),
            ref=found.entry_id,
        )
    )
    return Batch.objects.create(
        id=batch,
        use_case=found.use_case,
        name=name,
        alert=found.id,
        entries=list(entries),
        digest=digest,
        entry_id=line.id,
        actor=actor,
    )


def _view(row: Batch, many: int) -> BatchView:
    names = [name for name in BatchView.__slots__ if name != "many"]
    return BatchView(many=many, **{name: getattr(row, name) for name in names})
