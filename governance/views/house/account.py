"""/settings/: one's own account, and about this installation."""

from datetime import UTC, datetime

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from audit.keys import key_store
from governance.pages import formats
from governance.pages.settings import about_page, account_page, tabs
from governance.sessions import end_other_sessions, live_sessions
from governance.views.access import PersonRequest, page


@page()
def account(request: PersonRequest) -> HttpResponse:
    shown = account_page(
        tabs(request.voice, "settings"),
        request.user,
        request.voice.held,
        two_step=is_mfa_enabled(request.user),
        sessions=live_sessions(request.user, current=request.session.session_key),
        now=datetime.now(UTC),
    )
    return render(request, "settings/account.html", {"page": shown})


@require_POST
@page()
def end_sessions(request: PersonRequest) -> HttpResponse:
    ended = end_other_sessions(
        voice=request.voice, user=request.user, keep=request.session.session_key
    )
    said = formats.plural(ended, "other session") if ended else "There was no other session."
    messages.success(request, f"{said} ended." if ended else said)
    return redirect("settings")


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
