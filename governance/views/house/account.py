"""/settings/: one's own account, and about this installation."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from audit.keys import key_store
from governance.pages.settings import about_page, account_page, tabs
from governance.views.access import PersonRequest, page


@page()
def account(request: PersonRequest) -> HttpResponse:
    shown = account_page(
        tabs(request.voice, "settings"),
        request.user,
        request.voice.held,
        two_step=is_mfa_enabled(request.user),
        session_ends=request.session.get_expiry_date(),
    )
    return render(request, "settings/account.html", {"page": shown})


@page()
def about(request: PersonRequest) -> HttpResponse:
    shown = about_page(
        tabs(request.voice, "settings-about"),
        version=settings.VERSION,
        environment=settings.ENVIRONMENT,
        origin=settings.AUDIT_ORIGIN,
        verifier_key=str(key_store().verifier_key),
        public_reads=settings.AUDIT_PUBLIC_READS,
    )
    return render(request, "settings/about.html", {"page": shown})
