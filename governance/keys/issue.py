"""Issuing an API key."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.door import Forbidden, Invalid, Voice
from governance.journal import note, person
from governance.keys import secret
from governance.models import ApiKey, Model, UseCase
from governance.roles import COMPARING, LOOKING, PERSONAL, RECORDING, nothing_here, require

# What a key can carry: managing people and keys is for people.
KEY_ACTS = (
    RECORDING
    | LOOKING
    | PERSONAL
    | COMPARING
    | {"registry:write", "replays:write", "fairness:write", "alerts:write"}
)


@dataclass(frozen=True)
class IssuedKey:
    """``text`` is the whole key. It exists here and nowhere else: show it once, keep it nowhere."""

    id: UUID
    prefix: str
    text: str


@transaction.atomic
def issue_key(
    *,
    voice: Voice,
    name: str,
    use_cases: Collection[str],
    acts: Collection[str],
    models: Collection[str] = (),
    expires_at: datetime | None = None,
) -> IssuedKey:
    """Issue a key for ``acts`` in ``use_cases``, until ``expires_at`` or for good.

    ``models`` (slugs) narrows whose decisions the key may record. A key never carries more than its
    issuer could do, recording excepted: or an administrator would read personal data by way of a
    key. Each use case needs keys:write. Raises Invalid, Forbidden, NotFound.
    """
    homes = _use_cases(voice, use_cases, acts)
    _check_form(name, acts, models, expires_at)
    _check_models(models, homes)
    made = secret.make()
    key = ApiKey.objects.create(
        name=name,
        prefix=made.prefix,
        digest=made.digest,
        model_slugs=sorted(set(models)),
        acts=sorted(set(acts)),
        expires_at=expires_at,
        created_by_id=person(voice),
    )
    key.use_cases.set(homes)
    said = {
        "key": made.prefix,
        "acts": key.acts,
        "models": key.model_slugs,
        "expires_at": expires_at.isoformat() if expires_at else None,
    }
    # One line per use case: whoever may read a use case's log sees the keys that reach it.
    for home in homes:
        note(voice, kind="key", act="key_issued", use_case=home.slug, facts=said)
    return IssuedKey(key.pk, made.prefix, made.text)


def _use_cases(voice: Voice, slugs: Collection[str], acts: Collection[str]) -> list[UseCase]:
    for slug in sorted(set(slugs)):
        require(voice, "keys:write", use_case=slug)
        for act in sorted(set(acts) - RECORDING):
            if not voice.allows(act, use_case=slug):
                raise Forbidden(f"You cannot give a key the right to {act}: you do not have it.")
    homes = list(UseCase.objects.filter(slug__in=slugs).order_by("slug"))
    if len(homes) != len(set(slugs)):
        raise nothing_here()
    return homes


def _check_form(
    name: str, acts: Collection[str], models: Collection[str], expires_at: datetime | None
) -> None:
    wrong = {
        "name": ""
        if 0 < len(name.strip()) <= 120
        else "Give the key a name of 1 to 120 characters.",
        "acts": ""
        if acts and set(acts) <= KEY_ACTS
        else "Choose at least one act a key can carry.",
        # Reading is granted by use case; a key narrowed to models would read past its models.
        "models": "Keys that read personal data cannot be narrowed to models."
        if models and set(acts) & PERSONAL
        else "",
        "expires_at": "The date is past."
        if expires_at is not None and expires_at <= timezone.now()
        else "",
    }
    errors = [
        {"pointer": f"/{field}", "code": "invalid", "detail": detail}
        for field, detail in wrong.items()
        if detail
    ]
    if errors:
        raise Invalid("The key cannot be issued so.", errors=errors)


def _check_models(models: Collection[str], homes: list[UseCase]) -> None:
    if not homes:
        error = {"pointer": "/use_cases", "code": "required", "detail": "Choose a use case."}
        raise Invalid("The key cannot be issued so.", errors=[error])
    if Model.objects.filter(slug__in=models, use_case__in=homes).count() != len(set(models)):
        error = {
            "pointer": "/models",
            "code": "unknown",
            "detail": "Not a model of these use cases.",
        }
        raise Invalid("The key cannot be issued so.", errors=[error])
