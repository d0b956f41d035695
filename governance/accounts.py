"""How the sign-in pages of django-allauth behave here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework.request import Request

from audit.door import Forbidden
from governance.models import User
from governance.sessions import SessionStore


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themself; a redirect stays on this host; a lockout is the account's."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        if isinstance(request.session, SessionStore):
            request.session.begin(
                browser=self.get_http_user_agent(request), address=self.get_client_ip(request)
            )

    def is_safe_url(self, url: str | None) -> bool:
        """Paths on this host only: other allowed hosts may be other products."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One budget of failures per account. The library counts per account and host name, which
        grants a guesser as many budgets as the server has names."""
        login = credentials.get("email") or credentials.get("username") or ""
        return str(login).strip().lower()


def closed(request: HttpRequest) -> HttpResponseBase:
    """Pages of the library that are not offered: addresses are the administrators' to change."""
    raise Http404


def require_fresh_proof(request: Request) -> None:
    """Before an act that cannot be undone, a person proves who they are again; Forbidden if not.

    Applications are left alone: their key is their proof each time. For pages the library has
    ``allauth.account.decorators.reauthentication_required``.
    """
    if isinstance(request.user, User) and not did_recently_reauthenticate(request):
        raise Forbidden(
            "Confirm who you are at /accounts/reauthenticate/ first.",
            code="reauthentication-required",
        )
