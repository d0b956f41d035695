"""Adding a version of a model, and retiring it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.door import Voice
from audit.header import uuid7
from governance.journal import note, person
from governance.models import Model, Version
from governance.registry import admission
from governance.registry.added import Added, add_once
from governance.registry.rows import VersionRow
from governance.roles import nothing_here, require


@transaction.atomic
def add_version(
    *,
    voice: Voice,
    model: str,
    number: str,
    artefact_digest: str = "",
    notes: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Added[VersionRow]:
    """Register a version for good: none of what is said here can be changed afterwards.

    ``artefact_digest`` is the SHA-256 of the artefact that decides, in hex, or empty when there is
    none to give; ``facts`` is any JSON object. A repeat with the same facts changes nothing; with
    others it is a Conflict. Raises NotFound for a model the voice may not see.
    """
    home = _model(voice, model)
    said = {"artefact_digest": artefact_digest, "notes": notes, "facts": dict(facts or {})}
    # Named before the line is written, because the row can never be changed to name it afterwards.
    entry_id = uuid7()
    made = {
        "model_ref": f"{model}@{number}",
        "created_by_id": person(voice),
        "entry_id": entry_id,
    }
    row, repeated = add_once(
        Version, name={"model_id": home.pk, "number": number}, facts=said, made=made
    )
    if not repeated:
        admission.forget_soon()
        note(
            voice,
            kind="registry",
            act="version_added",
            use_case=home.use_case.slug,
            model_ref=row.model_ref,
            facts={"artefact_digest": artefact_digest, "facts": said["facts"]},
            entry_id=entry_id,
        )
    return Added(VersionRow.of(row), repeated)


@transaction.atomic
def retire_version(*, voice: Voice, model: str, number: str) -> VersionRow:
    """From now on decisions of this version are marked ``version_retired``. There is no way back.

    Retiring a retired version changes nothing. Raises NotFound for what the voice may not see.
    """
    home = _model(voice, model)
    row = home.versions.select_for_update().filter(number=number).first()
    if row is None:
        raise nothing_here()
    if row.state == Version.State.RETIRED:
        return VersionRow.of(row)
    row.state = Version.State.RETIRED
    row.retired_at = timezone.now()
    row.save(update_fields=["state", "retired_at"])
    admission.forget_soon()
    note(
        voice,
        kind="registry",
        act="version_retired",
        use_case=home.use_case.slug,
        model_ref=row.model_ref,
        facts={},
    )
    return VersionRow.of(row)


def _model(voice: Voice, slug: str) -> Model:
    """The model, for one who may write to its use case."""
    found = Model.objects.select_related("use_case").filter(slug=slug).first()
    if found is None:
        raise nothing_here()
    require(voice, "registry:write", use_case=found.use_case.slug)
    return found
