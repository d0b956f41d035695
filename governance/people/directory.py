"""Who there is and who holds what, for those who may see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q
from django.utils import timezone

from audit.door import Voice
from governance.models import Membership, User
from governance.roles import ACTS, nothing_here

READ = "people:read"


@dataclass(frozen=True)
class MembershipRow:
    """``use_case`` is a slug, or empty for all use cases; ``label`` is the role's name in words."""

    role: str
    label: str
    use_case: str
    until: datetime | None


@dataclass(frozen=True)
class UserRow:
    id: UUID
    name: str
    email: str
    is_active: bool
    last_login: datetime | None
    memberships: tuple[MembershipRow, ...]


def users(voice: Voice) -> list[UserRow]:
    """All users, or, for one who may look into some use cases only, those with a role in them."""
    visible = voice.use_cases(READ)
    held = Membership.objects.select_related("use_case").order_by("role", "use_case__slug")
    rows = User.objects.all()
    if visible is not None:
        held = held.filter(use_case__slug__in=visible)
        rows = rows.filter(memberships__use_case__slug__in=visible).distinct()
    return [_row(user) for user in rows.prefetch_related(Prefetch("memberships", held))]


def user(voice: Voice, user_id: UUID) -> UserRow:
    """One of ``users``; raises NotFound."""
    found = next((row for row in users(voice) if row.id == user_id), None)
    if found is None:
        raise nothing_here()
    return found


def names(actors: Iterable[str]) -> dict[str, str]:
    """Names for those of the log's actors that are users (``user:<id>``), in one query.

    Others are left out: an alert's owner may be any text.
    """
    ids = {actor: pk for actor in actors if (pk := _id(actor))}
    found = User.objects.filter(pk__in=set(ids.values())).values_list("pk", "name")
    by_id = dict(found)
    return {actor: by_id[pk] for actor, pk in ids.items() if pk in by_id}


def _id(actor: str) -> UUID | None:
    kind, _, pk = actor.partition(":")
    try:
        return UUID(pk) if kind == "user" else None
    except ValueError:
        return None


def who_may(act: str, use_case: str) -> dict[str, str]:
    """Names of the people who may do ``act`` in this use case now, by actor (``user:<id>``), by name."""
    able = [role for role, acts in ACTS.items() if act in acts]
    held = Membership.objects.filter(
        Q(use_case__isnull=True) | Q(use_case__slug=use_case),
        Q(until__isnull=True) | Q(until__gt=timezone.now()),
        role__in=able,
        user__is_active=True,
    )
    rows = held.order_by("user__name", "user_id").values_list("user_id", "user__name")
    return {f"user:{pk}": name for pk, name in rows}


def _row(row: User) -> UserRow:
    return UserRow(
        id=row.pk,
        name=row.name,
        email=row.email,
        is_active=row.is_active,
        last_login=row.last_login,
        memberships=tuple(
            MembershipRow(
                held.role,
                held.get_role_display(),
                held.use_case.slug if held.use_case else "",
                held.until,
            )
            for held in row.memberships.all()
        ),
    )
