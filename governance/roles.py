"""Who may do what. This table is the whole policy; docs/roles.md says it in words.

A role is held in one use case or in all of them. What a role may not do is left out, so that a new
act is nobody's until it is written here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from audit.door import Forbidden, NotFound, Voice
from governance.models import Membership, Role, User

LOOKING = frozenset({"registry:read", "log:read"})
READING = LOOKING | {"decisions:read", "why:read"}
# With protected attributes and everything else; reviewers judge without those.
EXAMINING = READING | {"why:examiner"}
RECORDING = frozenset({"decisions:write", "outcomes:write", "segments:write"})
# How groups compare, small ones included.
COMPARING = frozenset({"fairness:read", "fairness:small"})
# Acts that show or end somebody's data. Managing users and keys must never bring them along.
PERSONAL = frozenset(
    {"decisions:read", "why:read", "why:examiner", "erasure:write", "feedback:read"}
)

ACTS: Mapping[str, frozenset[str]] = {
    Role.DEVELOPER: LOOKING | {"registry:write", "fairness:read"},
    Role.OWNER: READING
    | {"registry:write", "explain:write", "replays:write", "keys:read", "keys:write"}
    | {"fairness:read", "fairness:write", "alerts:write", "feedback:read"},
    Role.VALIDATOR: EXAMINING | COMPARING | {"replays:write", "alerts:write"},
    Role.APPROVER: LOOKING | {"fairness:read"},
    Role.COMPLIANCE: EXAMINING
    | COMPARING
    | {"explain:write", "replays:write", "people:read", "keys:read"}
    | {"fairness:write", "alerts:write"},
    Role.REVIEWER: READING,
    Role.SUPERVISOR: READING | {"fairness:read"},
    Role.PRIVACY: EXAMINING | {"erasure:write"},
    Role.ADMINISTRATOR: LOOKING
    | {"people:read", "people:write", "keys:read", "keys:write", "use_cases:write"},
    Role.EXAMINER: EXAMINING | COMPARING | {"people:read", "keys:read"},
}
EVERY_ACT = frozenset().union(*ACTS.values()) | RECORDING


@dataclass(frozen=True)
class Holding:
    """A role held in the use case with this slug, or in every one (None)."""

    role: str
    use_case: str | None


def holdings(user_id: UUID) -> tuple[Holding, ...]:
    """What the user holds at this moment; nothing when deactivated."""
    current = Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gt=timezone.now()), user_id=user_id, user__is_active=True
    )
    rows = current.order_by("role", "use_case__slug").values_list("role", "use_case__slug")
    return tuple(Holding(role, slug) for role, slug in rows)


def may(held: Iterable[Holding], act: str, use_case: str) -> bool:
    """Whether these roles allow the act there; ``use_case`` empty asks for the whole installation."""
    return any(act in ACTS[h.role] for h in held if h.use_case is None or h.use_case == use_case)


def use_cases(held: Iterable[Holding], act: str) -> frozenset[str] | None:
    """Slugs of the use cases in which these roles allow the act; None means all of them."""
    found = {h.use_case for h in held if act in ACTS[h.role]}
    return None if None in found else frozenset(slug for slug in found if slug)


def visible_use_cases(user: User, act: str) -> frozenset[str] | None:
    """Slugs of the use cases in which ``user`` may do ``act`` now; None means all of them."""
    return use_cases(holdings(user.pk), act)


def require(voice: Voice, act: str, *, use_case: str) -> None:
    """Permission, first thing in every verb.

    Forbidden when the voice knows the place but may not do this there; NotFound when it may not
    even know that the place exists.
    """
    if voice.allows(act, use_case=use_case):
        return
    if not use_case or voice.allows("registry:read", use_case=use_case):
        raise Forbidden(f"You need the right to {act.replace(':', ' ')} here.")
    raise nothing_here()


def nothing_here() -> NotFound:
    """One sentence for what does not exist and for what the voice may not see: they look alike."""
    return NotFound("There is nothing here, or nothing you may see.")
