"""Registering what explains a version: artefact, background and specification, frozen together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db import transaction

from audit.canonical import canonical
from audit.door import Conflict, Invalid
from audit.log import Draft, append
from explain import artefacts
from explain.formats.registry import KINDS
from explain.models import Profile
from explain.queries import ProfileView, view_of
from explain.recourse.checking import policy_faults
from explain.refusals import Refused
from explain.specification import Specification

MOST_ROWS = 1_000_000


@transaction.atomic
def register(
    *,
    actor: str,
    use_case: str,
    model_ref: str,
    artefact: bytes,
    background: Sequence[Mapping[str, Any]],
    specification: Specification,
    kind: str = "skops",
) -> ProfileView:
    """Freeze what explains ``model_ref``. The caller has settled that ``actor`` may.

    A repeat with the same content changes nothing; with another it is a Conflict: another artefact, background or
    wording is another version. ``kind`` is one of ``explain.formats.registry.KINDS``. The artefact is looked through
    here; the library that reads it first sees it in a worker. Raises Invalid with every problem. Files are stored
    before the row: a crash in between leaves files that nobody names, and a repeat uses them.
    """
    check(specification, background)
    check_artefact(kind, artefact)
    stored = artefacts.store(artefact)
    reference = artefacts.store(
        orjson.dumps([dict(row) for row in background], option=orjson.OPT_SORT_KEYS)
    )
    said = canonical(specification.to_json())
    facts = {
        "use_case": use_case,
        "artefact_digest": stored.digest,
        "artefact_kind": kind,
        "artefact_size": stored.size,
        "background_digest": reference.digest,
        "background_size": len(background),
        "specification_digest": hashlib.sha256(said).hexdigest(),
    }
    known = Profile.objects.select_for_update().filter(model_ref=model_ref).first()
    if known is not None:
        if any(getattr(known, name) != value for name, value in facts.items()):
            raise Conflict(
                f"{model_ref} has a profile with other content; register another version."
            )
        return view_of(known)
    line = append(
        Draft(
            kind="policy",
            use_case=use_case,
            actor=actor,
            model_ref=model_ref,
            body=canonical(
                {"act": "profile_registered", **facts, "specification": specification.to_json()}
            ),
        )
    )
    row = Profile.objects.create(
        model_ref=model_ref, specification=orjson.loads(said), entry_id=line.id, **facts
    )
    return view_of(row)


def check(specification: Specification, background: Sequence[Mapping[str, Any]]) -> None:
    problems = specification.problems()
    if not background:
        problems.append("The background has no rows.")
    if len(background) > MOST_ROWS:
        problems.append(f"The background has more than {MOST_ROWS:,} rows.")
    names = set(specification.names())
    for at, row in enumerate(background):
        if names - row.keys():
            problems.append(f"Background row {at} lacks '{min(names - row.keys())}'.")
            break
    faults = (
        policy_faults(specification.recourse, specification.features)
        if specification.recourse
        else []
    )
    if problems or faults:
        errors = [
            {"pointer": "/specification", "code": "invalid", "detail": text} for text in problems
        ] + [
            {
                "pointer": f"/specification/recourse{fault.pointer}",
                "code": "invalid",
                "detail": fault.detail,
            }
            for fault in faults
        ]
        raise Invalid("The profile cannot be registered.", errors=errors)


def check_artefact(kind: str, artefact: bytes) -> None:
    """Refuse a file that is not what ``kind`` says, or may not be used here."""
    pointer = "/artefact" if kind in KINDS else "/kind"
    try:
        artefacts.check(kind, artefact)
    except Refused as refusal:
        error = {"pointer": pointer, "code": "invalid", "detail": str(refusal)}
        raise Invalid("The artefact cannot be registered.", errors=[error]) from None
