"""Who is speaking: a person, an application with a key, or this installation itself.

Each is an ``audit.door.Voice``: the doors of every app ask it what they need, and know nothing of
users, roles or keys.
"""

from dataclasses import dataclass
from uuid import UUID

from audit.door import Admission
from governance import roles
from governance.keys.lookup import KnownKey
from governance.models import User
from governance.registry.admission import admission


@dataclass(frozen=True)
class PersonVoice:
    user_id: UUID
    held: tuple[roles.Holding, ...]

    @property
    def actor(self) -> str:
        return f"user:{self.user_id}"

    def allows(self, act: str, *, use_case: str, model: str = "") -> bool:
        return roles.may(self.held, act, use_case)

    def use_cases(self, act: str) -> frozenset[str] | None:
        return roles.use_cases(self.held, act)

    def admission(self, use_case: str, model_ref: str) -> Admission:
        return admission(use_case, model_ref)


@dataclass(frozen=True)
class KeyVoice:
    """An application. A key narrowed to models is narrowed in whose decisions it may record."""

    key: KnownKey

    @property
    def actor(self) -> str:
        return f"key:{self.key.prefix}"

    def allows(self, act: str, *, use_case: str, model: str = "") -> bool:
        narrowed = bool(model and self.key.models) and model not in self.key.models
        return not narrowed and act in self.key.acts and use_case in self.key.use_cases

    def use_cases(self, act: str) -> frozenset[str] | None:
        return self.key.use_cases if act in self.key.acts else frozenset()

    def admission(self, use_case: str, model_ref: str) -> Admission:
        return admission(use_case, model_ref)


@dataclass(frozen=True)
class SystemVoice:
    """A command on the server. Whoever may run one holds the database anyway, so it may do all."""

    part: str

    @property
    def actor(self) -> str:
        return f"system:{self.part}"

    def allows(self, act: str, *, use_case: str, model: str = "") -> bool:
        return True

    def use_cases(self, act: str) -> frozenset[str] | None:
        return None

    def admission(self, use_case: str, model_ref: str) -> Admission:
        return admission(use_case, model_ref)


def voice_of(user: User) -> PersonVoice:
    """The voice of a signed-in person, with the roles held at this moment."""
    return PersonVoice(user.pk, roles.holdings(user.pk))
