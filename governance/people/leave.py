"""Closing an account, and opening it again. Accounts are never deleted: the log speaks of them."""

from uuid import UUID

from django.db import transaction

from audit.door import Forbidden, Voice
from governance.journal import note, person
from governance.models import Role, User
from governance.people.last import keep_an_administrator
from governance.roles import nothing_here, require


@transaction.atomic
def deactivate(*, voice: Voice, user: UUID) -> None:
    """The user can do nothing from the next request on; open sessions end. Roles stay on paper.

    For administrators of the whole installation, and not for oneself. Closing a closed account
    changes nothing. Raises NotFound, Conflict for the last administrator.
    """
    row = _account(voice, user)
    if not row.is_active:
        return
    row.is_active = False
    row.save(update_fields=["is_active"])
    if row.memberships.filter(role=Role.ADMINISTRATOR, use_case=None).exists():
        keep_an_administrator()
    note(voice, kind="policy", act="user_deactivated", facts={"user": str(row.pk)})


@transaction.atomic
def reactivate(*, voice: Voice, user: UUID) -> None:
    """The user can sign in again and holds the roles of before."""
    row = _account(voice, user)
    if row.is_active:
        return
    row.is_active = True
    row.save(update_fields=["is_active"])
    note(voice, kind="policy", act="user_reactivated", facts={"user": str(row.pk)})


def _account(voice: Voice, user: UUID) -> User:
    require(voice, "people:write", use_case="")
    if person(voice) == user:
        raise Forbidden("Nobody closes or opens their own account.")
    row = User.objects.select_for_update().filter(pk=user).first()
    if row is None:
        raise nothing_here()
    return row
