"""Finding the decision that somebody speaks about, by the caller's id for it or by its entry id."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from audit import claims, log
from audit.door import Forbidden, Invalid, NotFound, Problem, Voice
from audit.header import Header, parse

Name = tuple[str, str | None]
"""The caller's id or the entry id of a decision, and its use case when that is told."""

_POINTER: Final = "/decision"


@dataclass(frozen=True, slots=True)
class Located:
    """A decision of the log, as far as its header tells."""

    entry_id: UUID
    use_case: str
    model_ref: str
    subject: UUID


def locate(names: Collection[Name], *, voice: Voice, act: str) -> dict[Name, Located | Problem]:
    """Each name's decision, or the Problem with it, in a handful of queries however many they are.

    NotFound also for what the voice may not see: the two look alike. Without a use case the voice's
    own are searched. One that may speak everywhere finds by caller's id what is projected already;
    naming the use case finds it at once.
    """
    allowed = voice.use_cases(act)
    by_name = {name: _keys(name, allowed) for name in names}
    if allowed is None:
        _add_projected(by_name)
    taken = claims.find({key for keys in by_name.values() for key in keys})
    entries = {
        name: {taken[key].entry_id for key in keys if key in taken}
        for name, keys in by_name.items()
    }
    for name, found in entries.items():
        found |= _as_entry_id(name[0])
    headers = _decisions({entry for found in entries.values() for entry in found})
    return {
        name: _judged(name, [headers[entry] for entry in found if entry in headers], voice, act)
        for name, found in entries.items()
    }


def every_use_case() -> frozenset[str]:
    """The use cases of which the read models hold decisions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT use_case FROM audit_daily")
        return frozenset(use_case for (use_case,) in cursor)


def _keys(name: Name, allowed: frozenset[str] | None) -> set[bytes]:
    decision, use_case = name
    cases: Iterable[str] = (allowed or ()) if use_case is None else (use_case,)
    return {claims.decision_key(case, decision) for case in cases}


def _add_projected(by_name: dict[Name, set[bytes]]) -> None:
    # PostgreSQL's text cannot hold a zero character, so nothing is called by one.
    unplaced = [name[0] for name in by_name if name[1] is None and "\x00" not in name[0]]
    if not unplaced:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT decision_id, use_case FROM audit_decision WHERE decision_id = ANY(%s)",
            [unplaced],
        )
        for decision, use_case in cursor:
            by_name[decision, None].add(claims.decision_key(use_case, decision))


def _as_entry_id(text: str) -> set[UUID]:
    try:
        return {UUID(text)}
    except ValueError:
        return set()


def _decisions(ids: Collection[UUID]) -> dict[UUID, Header]:
    headers = (parse(line.header) for line in log.find(ids).values())
    return {header.id: header for header in headers if header.kind == "decision"}


def _judged(name: Name, found: list[Header], voice: Voice, act: str) -> Located | Problem:
    _, use_case = name
    allowed = [
        header
        for header in found
        if voice.allows(act, use_case=header.use_case) and use_case in {None, header.use_case}
    ]
    if not allowed:
        return _problem(NotFound, "not_found", "There is no such decision, or none you may see.")
    if len(allowed) > 1:
        where = ", ".join(sorted(header.use_case for header in allowed))
        return _problem(
            Invalid, "ambiguous", f"Several use cases have this id: name one of {where}."
        )
    header = allowed[0]
    model_ref = header.model_ref or ""
    if not voice.allows(act, use_case=header.use_case, model=model_ref.partition("@")[0]):
        return _problem(Forbidden, "forbidden", "You may not do this for decisions of this model.")
    if header.subject is None:
        return _problem(NotFound, "not_found", "This decision has no subject.")
    return Located(header.id, header.use_case, model_ref, header.subject)


def _problem(kind: type[Problem], code: str, detail: str) -> Problem:
    return kind(detail, errors=[{"pointer": _POINTER, "code": code, "detail": detail}])
