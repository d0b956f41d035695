"""Taking a role away."""

from uuid import UUID

from django.db import transaction

from audit.door import Voice
from governance.journal import note
from governance.models import Membership
from governance.people.last import keep_an_administrator
from governance.roles import nothing_here, require


@transaction.atomic
def revoke_role(*, voice: Voice, user: UUID, role: str, use_case: str = "") -> None:
    """The user no longer holds the role there, from the next request on. Needs people:write there.

    Raises NotFound for a role not held, Conflict for the last administrator of all.
    """
    require(voice, "people:write", use_case=use_case)
    held = Membership.objects.select_for_update(of=("self",)).filter(user=user, role=role)
    place = {"use_case__slug": use_case} if use_case else {"use_case__isnull": True}
    row = held.filter(**place).first()
    if row is None:
        raise nothing_here()
    row.delete()
    keep_an_administrator(role=role, use_case=use_case)
    said = {"user": str(user), "role": role}
    note(voice, kind="policy", act="role_revoked", use_case=use_case, facts=said)
