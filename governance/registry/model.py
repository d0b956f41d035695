"""Adding a model to a use case."""

from typing import Any
from uuid import UUID

from django.db import transaction

from audit.door import Conflict, Invalid, Voice
from governance.journal import note, person
from governance.models import Model, UseCase, User
from governance.registry.added import Added, add_once
from governance.registry.rows import ModelRow
from governance.roles import nothing_here, require


@transaction.atomic
def add_model(
    *,
    voice: Voice,
    use_case: str,
    slug: str,
    name: str,
    description: str = "",
    owner: UUID | None = None,
) -> Added[ModelRow]:
    """Register a model. ``owner`` defaults to the person who speaks; the slug is unique everywhere.

    A repeat with the same facts changes nothing; with others, or of another use case's model, it is
    a Conflict that says nothing about that one.
    """
    require(voice, "registry:write", use_case=use_case)
    home = UseCase.objects.filter(slug=use_case).first()
    if home is None:
        raise nothing_here()
    if Model.objects.filter(slug=slug).exclude(use_case=home).exists():
        raise Conflict("This name is taken.")
    facts: dict[str, Any] = {"use_case_id": home.pk, "name": name, "description": description}
    made: dict[str, Any] = {"owner_id": person(voice)}
    if owner is not None:
        _known(owner)
        facts["owner_id"], made = owner, {}
    row, repeated = add_once(Model, name={"slug": slug}, facts=facts, made=made)
    if not repeated:
        said = {"model": slug, "owner": str(row.owner_id) if row.owner_id else None}
        note(voice, kind="registry", act="model_added", use_case=use_case, facts=said)
    return Added(ModelRow.of(row), repeated)


def _known(owner: UUID) -> None:
    if not User.objects.filter(pk=owner, is_active=True).exists():
        error = {"pointer": "/owner", "code": "unknown", "detail": "There is no such user."}
        raise Invalid("The owner is not a user.", errors=[error])
