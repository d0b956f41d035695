"""The fairness policy of a use case: for owners and compliance officers."""

from collections.abc import Mapping
from typing import Any

from audit.door import NotFound, Voice
from fairness import policies
from fairness.policies import PolicyView
from governance.registry import queries as registry
from governance.roles import require

READ = "fairness:read"
WRITE = "fairness:write"
SMALL = "fairness:small"


def must_read(voice: Voice, use_case: str) -> bool:
    """Permission to see how groups compare; whether small ones must be left out.

    Raises NotFound for a use case the voice may not see, Forbidden.
    """
    registry.use_case(voice, use_case)
    require(voice, READ, use_case=use_case)
    return not voice.allows(SMALL, use_case=use_case)


def fairness_policy(voice: Voice, use_case: str, number: int | None = None) -> PolicyView:
    """The policy in force, or the one of this number. Raises NotFound, Forbidden."""
    must_read(voice, use_case)
    found = policies.policy(use_case, number)
    if found is None:
        raise NotFound("This use case has no such fairness policy.")
    return found


def policy_in_force(voice: Voice, use_case: str) -> PolicyView | None:
    """None where none was set. Raises NotFound for a use case the voice may not see, Forbidden."""
    must_read(voice, use_case)
    return policies.policy(use_case)


def fairness_policies(voice: Voice, use_case: str) -> list[PolicyView]:
    """All there were, the newest first. Raises NotFound, Forbidden."""
    must_read(voice, use_case)
    return policies.policies(use_case)


def set_fairness_policy(*, voice: Voice, use_case: str, content: Mapping[str, Any]) -> PolicyView:
    """Say what figures mean from now on; the log says who did. A repeat changes nothing.

    Raises NotFound, Forbidden, Invalid.
    """
    registry.use_case(voice, use_case)
    require(voice, WRITE, use_case=use_case)
    return policies.set_policy(actor=voice.actor, use_case=use_case, content=content)
