"""One decision, as the log remembers it, from the moment its receipt was given."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from audit import claims
from audit.binary import rows
from audit.door import Invalid
from audit.header import Header, HeaderError, parse
from audit.queries.content import Body, open_bodies, open_stored
from audit.segment_values import plain

# What follower 'project' (audit.projections) has passed is marked, or breaks no rule.
_ENTRY: Final = """
SELECT e.header, e.leaf_hash, l.leaf_index, b.body,
  CASE WHEN l.leaf_index < (SELECT next_index FROM audit_place WHERE name = 'project')
       THEN ARRAY(SELECT DISTINCT v.violation FROM audit_violation v
                  WHERE v.decision_entry = e.id ORDER BY 1) END
FROM audit_entry e
LEFT JOIN audit_entry_leaf l ON l.entry_id = e.id
LEFT JOIN audit_entry_body b ON b.id = e.id
WHERE e.id = %b"""


class Ambiguous(Invalid):
    """A caller's id that stands for a decision in several use cases."""

    def __init__(self, use_cases: list[str]) -> None:
        said = f"Several use cases have this id: name one of {', '.join(use_cases)}."
        error = {"pointer": "use_case", "code": "ambiguous", "detail": said}
        super().__init__(said, errors=[error])
        self.use_cases = use_cases


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision out of the log itself, not out of a read model.

    ``content`` is the caller's JSON as it was sent: id, decided_at, inputs, features, output,
    segments, role_of_ai and the rest. It is None once the person is erased (``erased_at``), or when
    the stored body is not the one the leaf commits to (``damage``, a sentence). ``decision_id`` is
    then known only if it was asked by. ``leaf_index`` is None until the sequencer came by.
    ``violations`` are the rules it broke as the door saw it then; None until the read models'
    follower came by. They outlive the person's erasure.
    """

    entry_id: UUID
    decision_id: str | None
    use_case: str
    model_ref: str
    model: str
    version: str
    actor: str
    recorded_at: datetime
    decided_at: datetime | None
    subject_id: UUID | None
    subject_ref: str | None
    content: Mapping[str, Any] | None
    body_sha256: str
    header: bytes
    leaf_hash: bytes
    leaf_index: int | None
    erased_at: datetime | None
    damage: str
    violations: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Payload:
    """What a machine needs of a decision. Of an erased person's nothing is left but the names.

    ``segments`` are the values known; what is only inferred is None.
    """

    entry_id: UUID
    use_case: str
    model_ref: str
    subject_id: UUID | None
    erased: bool
    damage: str
    inputs: Mapping[str, Any]
    features: Mapping[str, Any]
    output: Mapping[str, Any]
    segments: Mapping[str, Any] = field(default_factory=dict)


def decision(*, key: str, use_cases: Collection[str]) -> DecisionRecord | None:
    """The decision that ``key`` names: its entry id, or the caller's id for it in one of ``use_cases``.

    None when there is none in these use cases; raises Ambiguous when the caller's id names several.
    Works at once after the receipt, before any follower, and after erasure. Reading is not noted
    here: whoever shows the content calls accesses.note.
    """
    named = _uuid(key)
    found = _by_entry_id(named, None, use_cases) if named else None
    if found is not None:
        return found
    by_claim = {claims.decision_key(use_case, key): use_case for use_case in use_cases}
    taken = claims.find(by_claim)
    if len(taken) > 1:
        raise Ambiguous(sorted(by_claim[claim] for claim in taken))
    for claim in taken.values():
        return _by_entry_id(claim.entry_id, key, use_cases)
    return None


def payloads(entry_ids: Sequence[UUID]) -> list[Payload]:
    """Inputs, features and output of these decisions, in the order asked, in three queries.

    Ids of no decision are left out, and so is one whose header was changed (verifylog names it). A
    payload that is erased or damaged says so and is empty.
    """
    if not entry_ids:
        return []
    headers = _headers(entry_ids)
    wanted = [headers[entry_id] for entry_id in entry_ids if entry_id in headers]
    bodies = open_bodies(wanted)
    return [_payload(header, bodies[header.id]) for header in wanted]


def _by_entry_id(
    entry_id: UUID, caller_id: str | None, use_cases: Collection[str]
) -> DecisionRecord | None:
    for raw, leaf_hash, leaf_index, stored, broken in rows(_ENTRY, [entry_id]):
        header = parse(raw)
        if header.kind == "decision" and header.use_case in use_cases:
            found = {} if stored is None else {entry_id: stored}
            body = open_stored([header], found)[entry_id]
            record = _record(header, body, caller_id, (raw, leaf_hash, leaf_index))
            return replace(record, violations=None if broken is None else tuple(broken))
    return None


def _record(
    header: Header, body: Body, caller_id: str | None, leaf: tuple[bytes, bytes, int | None]
) -> DecisionRecord:
    content = None if body.content is None else orjson.loads(body.content)
    erased_at = _erased_at(header.subject) if body.erased else None
    # A key that is gone although nobody erased it was taken away past the verbs of this house.
    lost = body.erased and erased_at is None
    model, _, version = (header.model_ref or "").partition("@")
    return DecisionRecord(
        entry_id=header.id,
        decision_id=content["id"] if content else caller_id,
        use_case=header.use_case,
        model_ref=header.model_ref or "",
        model=model,
        version=version,
        actor=header.actor,
        recorded_at=datetime.fromisoformat(header.recorded_at),
        decided_at=datetime.fromisoformat(header.occurred_at) if header.occurred_at else None,
        subject_id=header.subject,
        subject_ref=content.get("subject") if content else None,
        content=content,
        body_sha256=header.body_sha256,
        header=leaf[0],
        leaf_hash=leaf[1],
        leaf_index=leaf[2],
        erased_at=erased_at,
        damage="The person's data key is gone without an erasure." if lost else body.damage,
        violations=None,
    )


def _erased_at(subject: UUID | None) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT erased_at FROM audit_subject WHERE id = %s", [subject])
        row = cursor.fetchone()
    return row[0] if row else None


def _headers(ids: Sequence[UUID]) -> dict[UUID, Header]:
    found = rows(
        "SELECT header FROM audit_entry WHERE id = ANY(%b) AND id BETWEEN %b AND %b",
        [list(ids), min(ids), max(ids)],
    )
    headers = [_readable(raw) for (raw,) in found]
    return {header.id: header for header in headers if header and header.kind == "decision"}


def _readable(raw: bytes) -> Header | None:
    try:
        return parse(raw)
    except HeaderError:
        return None  # one changed header must not keep the others of a batch from being explained


def _payload(header: Header, body: Body) -> Payload:
    content = orjson.loads(body.content) if body.content is not None else {}
    return Payload(
        entry_id=header.id,
        use_case=header.use_case,
        model_ref=header.model_ref or "",
        subject_id=header.subject,
        erased=body.erased,
        damage=body.damage,
        inputs=content.get("inputs") or {},
        features=content.get("features") or {},
        output=content.get("output") or {},
        segments={name: plain(one) for name, one in (content.get("segments") or {}).items()},
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
