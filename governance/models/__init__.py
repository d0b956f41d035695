"""Tables of the registry, of people and of keys."""

from governance.models.keys import ApiKey
from governance.models.people import Membership, Role, User
from governance.models.registry import Model, UseCase, Version
from governance.models.sessions import Session

__all__ = ["ApiKey", "Membership", "Model", "Role", "Session", "UseCase", "User", "Version"]
