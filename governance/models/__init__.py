"""Tables of the registry, of people and of keys."""

from governance.models.keys import ApiKey
from governance.models.people import Membership, Role, User
from governance.models.registry import Model, UseCase, Version

__all__ = ["ApiKey", "Membership", "Model", "Role", "UseCase", "User", "Version"]
