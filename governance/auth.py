"""Who calls the API: an application with a key, or a signed-in person. ``request.auth`` is the voice.

This module imports no view: REST framework reads it while its own views are being imported.
"""

from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from audit.door import Voice
from governance.keys import lookup
from governance.models import User
from governance.voices import KeyVoice, PersonVoice, voice_of

if TYPE_CHECKING:
    from rest_framework.views import APIView


def caller(request: Request) -> Voice:
    """The voice of an authenticated request."""
    return cast("Voice", request.auth)


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer rk_…``. Another scheme, or none, is left to the next class."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, KeyVoice] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = lookup.find(text.strip())
        if key is None:
            raise AuthenticationFailed("This API key is unknown, revoked or expired.")
        return AnonymousUser(), KeyVoice(key)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="rationale"'


class PersonAuthentication(SessionAuthentication):
    """The session of the pages, for a browser's calls; writes need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, PersonVoice] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        user: User = found[0]
        return user, voice_of(user)


class HasVoice(BasePermission):
    """Somebody speaks. What they may do is asked of the voice, on the row, by verbs and queries."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return request.auth is not None
