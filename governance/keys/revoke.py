"""Revoking an API key."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.door import Voice
from governance.journal import note
from governance.keys import lookup
from governance.models import ApiKey
from governance.roles import nothing_here


@transaction.atomic
def revoke_key(*, voice: Voice, key: UUID) -> None:
    """The key speaks no more: at once in this process, within five seconds in all others.

    Needs keys:write in one of the key's use cases: whoever finds a key leaked must be able to stop
    it. Revoking a revoked key changes nothing. Raises NotFound for a key out of the voice's sight.
    """
    row = ApiKey.objects.select_for_update().filter(pk=key).first()
    if row is None:
        raise nothing_here()
    slugs = sorted(row.use_cases.values_list("slug", flat=True))
    if not any(voice.allows("keys:write", use_case=slug) for slug in slugs):
        raise nothing_here()
    if row.revoked_at is not None:
        return
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    lookup.forget_soon()
    for slug in slugs:
        note(voice, kind="key", act="key_revoked", use_case=slug, facts={"key": row.prefix})
