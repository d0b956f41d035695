"""The policy of a use case: what its figures mean, versioned; setting one derives the facts anew. Web-safe."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction

from audit.canonical import canonical
from audit.door import Invalid
from audit.log import Draft, append
from fairness import policy as forms
from fairness.models import Policy, Redo
from fairness.policy import Content, Limits, Reading, reading

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('fairness policy ' || %s))"


@dataclass(frozen=True, slots=True)
class PolicyView:
    """``number`` counts from 1 in each use case; ``entry_id`` is the log line that set it."""

    use_case: str
    number: int
    content: Content
    actor: str
    entry_id: UUID
    set_at: datetime


def policy(use_case: str, number: int | None = None) -> PolicyView | None:
    """The policy in force, or the one of this number; None where there is none."""
    rows = Policy.objects.filter(use_case=use_case)
    if number is not None:
        rows = rows.filter(number=number)
    row = rows.order_by("-number").first()
    return _view(row) if row else None


def policies(use_case: str) -> list[PolicyView]:
    """All there were, the newest first."""
    return [_view(row) for row in Policy.objects.filter(use_case=use_case).order_by("-number")]


def in_force(use_cases: Collection[str]) -> dict[str, PolicyView]:
    """The policy in force of each use case that has one."""
    newest = Policy.objects.filter(use_case__in=use_cases).order_by("use_case", "-number")
    return {row.use_case: _view(row) for row in newest.distinct("use_case")}


def use_cases() -> list[str]:
    """Those that have a policy."""
    rows = Policy.objects.order_by("use_case").values_list("use_case", flat=True)
    return list(rows.distinct())


def readings(use_cases: Collection[str]) -> dict[str, Reading]:
    """What facts depend on, by use case."""
    found = _in_force(use_cases)
    return {use_case: reading(found.get(use_case)) for use_case in use_cases}


def shown(use_cases: Collection[str]) -> dict[str, int]:
    """Fewer decisions than this are not shown to everybody, by use case; the usual without a policy."""
    found = _in_force(use_cases)
    return {
        use_case: found[use_case].limits.shown if use_case in found else Limits().shown
        for use_case in use_cases
    }


def judges_drift(use_cases: Collection[str]) -> dict[str, bool]:
    """Whether drift opens alerts, by use case."""
    found = _in_force(use_cases)
    return {
        use_case: use_case in found and found[use_case].drift is not None for use_case in use_cases
    }


def _in_force(use_cases: Collection[str]) -> dict[str, Content]:
    """The newest of each use case that has one."""
    newest = Policy.objects.filter(use_case__in=use_cases).order_by("use_case", "-number")
    return {row.use_case: forms.read(row.content) for row in newest.distinct("use_case")}


@transaction.atomic
def set_policy(*, actor: str, use_case: str, content: Mapping[str, Any]) -> PolicyView:
    """Give the use case another policy from now on. The caller has settled that ``actor`` may.

    The same content as the one in force changes nothing. Figures asked for afterwards are by the
    new policy; where facts depend on it (sources, segments, the scale of scores) they are derived
    anew in the background (``redoing``). Raises Invalid with every problem.
    """
    said = _read(content)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [use_case])
    known = policy(use_case)
    if known is not None and known.content == said:
        return known
    number = known.number + 1 if known else 1
    body = {"act": "fairness_policy_set", "number": number, "content": forms.written(said)}
    line = append(Draft(kind="policy", use_case=use_case, actor=actor, body=canonical(body)))
    row = Policy.objects.create(
        use_case=use_case,
        number=number,
        content=forms.written(said),
        actor=actor,
        entry_id=line.id,
    )
    if reading(known.content if known else None) != reading(said):
        # A crash before the commit leaves the old policy; after it the walk stands in its row.
        Redo.objects.update_or_create(use_case=use_case, defaults={"next_entry": None})
    return _view(row)


def redoing(use_case: str) -> bool:
    """Whether facts are still being derived anew after a change of policy."""
    return Redo.objects.filter(use_case=use_case).exists()


def _read(content: Mapping[str, Any]) -> Content:
    try:
        said = forms.read(content)
    except msgspec.ValidationError as error:
        detail, _, place = str(error).partition(" - at `$")
        pointer = place.rstrip("`").replace("[...]", "").replace("[", "/").replace("]", "")
        raise _refused([{"pointer": pointer.replace(".", "/"), "detail": f"{detail}."}]) from None
    if faults := forms.problems(said):
        raise _refused([{"pointer": one.pointer, "detail": one.detail} for one in faults])
    return said


def _refused(faults: list[dict[str, str]]) -> Invalid:
    errors = [{"code": "invalid", **fault} for fault in faults]
    return Invalid("The policy cannot be set.", errors=errors)


def _view(row: Policy) -> PolicyView:
    return PolicyView(
        use_case=row.use_case,
        number=row.number,
        content=forms.read(row.content),
        actor=row.actor,
        entry_id=row.entry_id,
        set_at=row.set_at,
    )
