"""Who may open a page, and what they may see on it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from audit.door import Forbidden
from governance.models import User
from governance.registry.lookups import use_case_slugs
from governance.voices import PersonVoice, voice_of

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request of somebody signed in, with the voice they speak with."""

    user: User
    voice: PersonVoice
    htmx: HtmxDetails


Page = Callable[Concatenate[PersonRequest, P], HttpResponseBase]
Door = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(act: str = "") -> Callable[[Page[P]], Door[P]]:
    """A page for people who are signed in and, when ``act`` is named, may do it somewhere.

    Whether they may do it to the row in question is for the page to settle (``visible``). Answers
    are kept by no cache: they hold personal data, and differ for htmx.
    """

    def wrap(view: Page[P]) -> Door[P]:
        def door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            person = cast(PersonRequest, request)
            person.voice = voice_of(person.user)
            if act:
                _require(person.voice, act)
            answer = view(person, *args, **kwargs)
            add_never_cache_headers(answer)
            patch_vary_headers(answer, ["HX-Request", "Cookie"])
            return answer

        return cast("Door[P]", wraps(view)(door))

    return wrap


def visible(request: PersonRequest, act: str) -> frozenset[str]:
    """Slugs of the use cases in which this person may do ``act``, all named."""
    allowed = request.voice.use_cases(act)
    return use_case_slugs() if allowed is None else allowed


def is_fragment(request: PersonRequest) -> bool:
    """Whether htmx wants a part of the page; on the way back in history it wants the whole."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    there = redirect_to_login(request.get_full_path())
    if request.headers.get("HX-Request") != "true":
        return there
    # A fragment's place must not be filled with the sign-in page: the whole page goes there.
    return HttpResponseClientRedirect(there.url)


def _require(voice: PersonVoice, act: str) -> None:
    where = voice.use_cases(act)
    if where is not None and not where:
        raise Forbidden(f"None of your roles includes the right to {act.replace(':', ' ')}.")
