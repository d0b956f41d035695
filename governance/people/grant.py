"""Granting a role."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.door import Forbidden, Invalid, Voice
from governance.journal import note, person
from governance.models import Membership, Role, UseCase, User
from governance.people.last import keep_an_administrator
from governance.roles import nothing_here, require


@transaction.atomic
def grant_role(
    *, voice: Voice, user: UUID, role: str, use_case: str = "", until: datetime | None = None
) -> None:
    """The user holds the role in this use case, or in all (``use_case`` empty), perhaps to a date.

    Needs people:write there. Nobody grants a role to themself: or an administrator would read
    personal data unseen by a second pair of eyes. An examiner's role always ends. Granting what is
    held sets its date anew. Raises Invalid, Forbidden, NotFound.
    """
    require(voice, "people:write", use_case=use_case)
    if person(voice) == user:
        raise Forbidden("Nobody grants a role to themself; ask another administrator.")
    _check(role, until)
    # Locked, so that a deactivation at the same moment either sees this role or prevents it.
    row = User.objects.select_for_update().filter(pk=user, is_active=True).first()
    home = UseCase.objects.filter(slug=use_case).first() if use_case else None
    if row is None or (use_case and home is None):
        raise nothing_here()
    now = {"until": until, "granted_by_id": person(voice)}
    held, new = Membership.objects.get_or_create(user=row, use_case=home, role=role, defaults=now)
    if not new and held.until == until:
        return
    if not new:
        Membership.objects.filter(pk=held.pk).update(**now)
        if until is not None:
            keep_an_administrator(role=role, use_case=use_case)
    said = {"user": str(user), "role": role, "until": until.isoformat() if until else None}
    note(voice, kind="policy", act="role_granted", use_case=use_case, facts=said)


def _check(role: str, until: datetime | None) -> None:
    if role not in Role.values:
        raise _invalid("role", "There is no such role.")
    if until is not None and until <= timezone.now():
        raise _invalid("until", "The date is past.")
    if role == Role.EXAMINER and until is None:
        raise _invalid("until", "An examiner's role needs an end date.")


def _invalid(field: str, detail: str) -> Invalid:
    error = {"pointer": f"/{field}", "code": "invalid", "detail": detail}
    return Invalid("The role cannot be granted so.", errors=[error])
