"""/settings/people/: who there is, and who holds what."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from audit.door import Conflict, Forbidden, Invalid
from governance.forms import people as forms
from governance.forms.people import InviteForm, RoleForm
from governance.forms.refusals import tell
from governance.models import Role
from governance.pages.people import WRITE, InvitationPage, people_page, person_page
from governance.pages.settings import EVERYWHERE, tabs
from governance.people import directory
from governance.people.directory import READ, UserRow
from governance.people.grant import grant_role
from governance.people.join import Invitation, invite, renew_invitation
from governance.people.leave import deactivate, reactivate
from governance.people.revoke import revoke_role
from governance.registry import queries as registry
from governance.roles import nothing_here
from governance.views.access import PersonRequest, page
from governance.views.house.doors import first_time, need, new_token, proven

TAB = "settings-people"
AGAIN = "That form was sent before; nothing was done a second time."


@page()
def people(request: PersonRequest) -> HttpResponse:
    need(request.voice, READ)
    shown = people_page(
        tabs(request.voice, TAB),
        directory.users(request.voice),
        may_invite=request.voice.allows(WRITE, use_case=""),
        now=datetime.now(UTC),
    )
    return render(request, "settings/people.html", {"page": shown})


@page()
@proven
def invite_person(request: PersonRequest) -> HttpResponse:
    if not request.voice.allows(WRITE, use_case=""):
        raise nothing_here()
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not first_time(request):
            messages.info(request, AGAIN)
            return redirect(TAB)
        try:
            made = invite(voice=request.voice, **form.cleaned_data)
        except (Invalid, Conflict) as problem:
            tell(form, problem)
        else:
            return _handed_over(request, made, form.cleaned_data["name"])
    context = {"form": form, "tabs": tabs(request.voice, TAB), "once": new_token()}
    return render(request, "settings/invite.html", context)


@page()
def person(request: PersonRequest, user_id: UUID) -> HttpResponse:
    need(request.voice, READ)
    return _person(request, directory.user(request.voice, user_id), _role_form(request, None))


@page()
@require_POST
@proven
def grant(request: PersonRequest, user_id: UUID) -> HttpResponse:
    need(request.voice, WRITE)
    row = directory.user(request.voice, user_id)
    form = _role_form(request, request.POST)
    if form.is_valid():
        try:
            grant_role(voice=request.voice, user=user_id, **form.cleaned_data)
        except (Invalid, Conflict) as problem:
            tell(form, problem)
        except Forbidden as problem:
            messages.error(request, problem.detail)
            return redirect("settings-person", user_id)
        else:
            role = Role(form.cleaned_data["role"]).label
            messages.success(request, f"{row.name} now holds the role of {role.lower()}.")
            return redirect("settings-person", user_id)
    return _person(request, row, form)


@page()
@require_POST
@proven
def revoke(request: PersonRequest, user_id: UUID) -> HttpResponse:
    role, use_case = request.POST.get("role", ""), request.POST.get("use_case", "")

    def act() -> None:
        revoke_role(voice=request.voice, user=user_id, role=role, use_case=use_case)

    return _done(request, user_id, act, "The role is taken away, from the next click on.")


@page()
@require_POST
@proven
def close(request: PersonRequest, user_id: UUID) -> HttpResponse:
    def act() -> None:
        deactivate(voice=request.voice, user=user_id)

    return _done(request, user_id, act, "The account is closed; open sessions have ended.")


@page()
@require_POST
@proven
def reopen(request: PersonRequest, user_id: UUID) -> HttpResponse:
    def act() -> None:
        reactivate(voice=request.voice, user=user_id)

    return _done(request, user_id, act, "The account is open again, with the roles of before.")


@page()
@require_POST
@proven
def new_path(request: PersonRequest, user_id: UUID) -> HttpResponse:
    """A new path to choose a password, shown once."""
    row = directory.user(request.voice, user_id)
    if not first_time(request):
        messages.info(request, AGAIN)
        return redirect("settings-person", user_id)
    return _handed_over(request, renew_invitation(voice=request.voice, user=user_id), row.name)


def _done(
    request: PersonRequest, user_id: UUID, act: Callable[[], None], said: str
) -> HttpResponse:
    need(request.voice, WRITE)
    try:
        act()
    except (Conflict, Forbidden) as problem:
        messages.error(request, problem.detail)
    else:
        messages.success(request, said)
    return redirect("settings-person", user_id)


def _handed_over(request: PersonRequest, made: Invitation, name: str) -> HttpResponse:
    address = request.build_absolute_uri(made.path)
    shown = InvitationPage(tabs(request.voice, TAB), made.user, name, address)
    return render(request, "settings/invited.html", {"page": shown})


def _person(request: PersonRequest, row: UserRow, form: RoleForm) -> HttpResponse:
    shown = person_page(
        tabs(request.voice, TAB),
        row,
        request.voice,
        own=row.id == request.user.pk,
        names={home.slug: home.name for home in registry.use_cases(request.voice)},
        now=datetime.now(UTC),
    )
    context = {"page": shown, "form": form, "once": new_token()}
    return render(request, "settings/person.html", context)


def _role_form(request: PersonRequest, data: object) -> RoleForm:
    homes = [(home.slug, home.name) for home in registry.use_cases(request.voice, WRITE)]
    everywhere = (
        [(forms.EVERYWHERE, EVERYWHERE)] if request.voice.allows(WRITE, use_case="") else []
    )
    return RoleForm(data, use_cases=[*homes, *everywhere])
