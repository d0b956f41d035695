"""/settings/keys/: API keys, issued and revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from audit.door import Forbidden, Invalid, NotFound
from governance.forms.keys import ACTS, USUAL_DAYS, KeyForm
from governance.forms.refusals import tell
from governance.keys import listing
from governance.keys.issue import KEY_ACTS, IssuedKey, issue_key
from governance.keys.listing import KeyRow
from governance.keys.revoke import revoke_key
from governance.pages.keys import issued_page, key_line, keys_page
from governance.pages.settings import has_some, tabs
from governance.registry import queries as registry
from governance.roles import RECORDING, nothing_here
from governance.views.access import PersonRequest, page
from governance.views.house.doors import first_time, need, new_token, proven
from governance.voices import PersonVoice

READ, WRITE = "keys:read", "keys:write"
TAB = "settings-keys"


@page()
def keys(request: PersonRequest) -> HttpResponse:
    need(request.voice, READ)
    rows = listing.keys(request.voice)
    shown = keys_page(
        tabs(request.voice, TAB),
        rows,
        may_issue=has_some(request.voice.use_cases(WRITE)),
        revocable=frozenset(row.id for row in rows if _may_revoke(request.voice, row)),
        now=datetime.now(UTC),
    )
    return render(request, "settings/keys.html", {"page": shown})


@page()
@proven
def new_key(request: PersonRequest) -> HttpResponse:
    need(request.voice, WRITE)
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        if not first_time(request):
            messages.info(request, "That form was sent before; nothing was issued a second time.")
            return redirect(TAB)
        issued = _issue(request.voice, form)
        if issued is not None:
            return _shown_once(request, issued)
    context = {"form": form, "tabs": tabs(request.voice, TAB), "once": new_token()}
    return render(request, "settings/key_new.html", context)


@page()
@proven
def revoke(request: PersonRequest, key_id: UUID) -> HttpResponse:
    need(request.voice, WRITE)
    row = _row(request.voice, key_id)
    if request.method == "POST":
        revoke_key(voice=request.voice, key=key_id)
        said = f"{row.name} is revoked. Every process has forgotten it within five seconds."
        messages.success(request, said)
        return redirect(TAB)
    if not _may_revoke(request.voice, row):
        raise nothing_here()
    line = key_line(row, revocable=True, now=datetime.now(UTC))
    context = {"key": line, "tabs": tabs(request.voice, TAB)}
    return render(request, "settings/key_revoke.html", context)


def _issue(voice: PersonVoice, form: KeyForm) -> IssuedKey | None:
    """The key, or None after the refusal was written into the form."""
    try:
        return issue_key(voice=voice, **form.cleaned_data)
    except (Invalid, Forbidden, NotFound) as problem:
        tell(form, problem)
        return None


def _shown_once(request: PersonRequest, issued: IssuedKey) -> HttpResponse:
    shown = issued_page(
        tabs(request.voice, TAB),
        _row(request.voice, issued.id),
        issued.text,
        address=request.build_absolute_uri(reverse("api-me")),
        now=datetime.now(UTC),
    )
    return render(request, "settings/key_issued.html", {"page": shown})


def _form(request: PersonRequest) -> KeyForm:
    homes = registry.use_cases(request.voice, WRITE)
    allowed = {home.slug: home.name for home in homes}
    models = [row for row in registry.models(request.voice) if row.use_case in allowed]
    acts = [act for act in ACTS if act in KEY_ACTS and _may_give(request.voice, act, allowed)]
    given: dict[str, Any] = {
        "use_cases": list(allowed.items()),
        "acts": [(act, ACTS[act]) for act in acts],
        "models": [(row.slug, f"{row.name} ({allowed[row.use_case]})") for row in models],
    }
    last_day = datetime.now(UTC).date() + timedelta(days=USUAL_DAYS)
    data = request.POST if request.method == "POST" else None
    return KeyForm(data, initial={"expires_at": last_day}, **given)


def _may_give(voice: PersonVoice, act: str, use_cases: dict[str, str]) -> bool:
    return act in RECORDING or any(voice.allows(act, use_case=slug) for slug in use_cases)


def _may_revoke(voice: PersonVoice, row: KeyRow) -> bool:
    mine = any(voice.allows(WRITE, use_case=slug) for slug in row.use_cases)
    return mine and row.state != "revoked"


def _row(voice: PersonVoice, key_id: UUID) -> KeyRow:
    found = next((row for row in listing.keys(voice) if row.id == key_id), None)
    if found is None:
        raise nothing_here()
    return found
