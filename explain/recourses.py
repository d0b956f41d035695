"""Asking what would have changed an outcome. Web-safe: the search itself runs in a worker."""

from __future__ import annotations

from uuid import UUID

from audit.door import Invalid
from explain.queries import ProfileView
from explain.questions import RECOURSE, About, Asked, ask, newest
from explain.recourse.checking import wish_faults
from explain.recourse.policy import Wishes


def ask_recourse(*, actor: str, about: About, profile: ProfileView, wishes: Wishes) -> UUID:
    """The id of the question what would have changed this decision, within the policy and these wishes.

    ``profile`` is that of the decision's version and has a policy. Raises Invalid with a pointer for every wish
    that names what there is not, or would go beyond the policy.
    """
    policy = profile.specification.recourse
    if policy is None:
        raise ValueError("There is no policy to ask under.")
    faults = wish_faults(wishes, policy, profile.specification.names())
    if faults:
        raise Invalid(
            "The wishes are not within the policy; errors names each.",
            errors=[{"pointer": f.pointer, "code": "invalid", "detail": f.detail} for f in faults],
        )
    return ask(actor=actor, kind=RECOURSE, about=about, said=wishes.to_json())


def standing_recourse(entry_id: UUID) -> Asked | None:
    """The last answer under the policy alone, with no wishes."""
    return newest(RECOURSE, entry_id, Wishes().to_json())
