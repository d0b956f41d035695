"""What the settings' pages ask before they change anything."""

from typing import ParamSpec, cast
from uuid import uuid4

from allauth.account.decorators import reauthentication_required
from django.core.cache import cache
from django.http import HttpRequest

from audit.door import Voice
from governance.roles import nothing_here
from governance.views.access import Page

P = ParamSpec("P")

ONCE_SECONDS = 24 * 3600


def proven(view: Page[P]) -> Page[P]:
    """Only for who proved lately who they are: else they do, and come back to where they were.

    Stands below ``page``: who is not signed in signs in first. A form that was sent is kept in the
    session meanwhile, so it must hold no secret.
    """
    return cast("Page[P]", reauthentication_required(view))


def need(voice: Voice, act: str) -> None:
    """Raise NotFound for who may do this nowhere: for them the page does not exist."""
    if voice.use_cases(act) == frozenset():
        raise nothing_here()


def new_token() -> str:
    """For a form whose answer shows a secret."""
    return uuid4().hex


def first_time(request: HttpRequest) -> bool:
    """Whether the form with this token is sent for the first time.

    Answers that show a secret follow the form directly: a redirect would have to carry the secret
    in an address, or leave it in the session's table. So reloading sends the form again, and this
    is what keeps the reload from issuing a second key.
    """
    token = request.POST.get("once", "")[:64]
    return bool(token) and cache.add(f"house.once.{token}", 1, ONCE_SECONDS)
