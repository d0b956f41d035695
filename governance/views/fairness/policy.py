"""/fairness/<slug>/policy/: what figures of a use case mean, said by who may."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from audit.door import Invalid
from fairness.policies import PolicyView
from governance.comparing.alerts import HANDLE
from governance.comparing.policies import (
    WRITE,
    derived_anew,
    fairness_policies,
    set_fairness_policy,
)
from governance.forms.fairness import PolicyForms
from governance.pages.fairness.policy import policy_page
from governance.people.directory import names, who_may
from governance.registry import queries as registry
from governance.roles import nothing_here, require
from governance.views.access import PersonRequest, page


@page()
def policy(request: PersonRequest, slug: str) -> HttpResponse:
    """The page, of the policy in force or of ``?number=``; POST sets another, or adds a row to fill in."""
    known = fairness_policies(request.voice, slug)
    people = who_may(HANDLE, slug)
    if request.method != "POST":
        forms = PolicyForms.of(known[0].content if known else None, people)
        return _page(request, slug, known, forms)
    require(request.voice, WRITE, use_case=slug)
    if more := request.POST.get("more", ""):
        return _page(request, slug, known, PolicyForms.longer(request.POST, people, more))
    forms = PolicyForms.sent(request.POST, people)
    if not forms.is_valid() or (made := _set(request, slug, forms)) is None:
        return _page(request, slug, known, forms)
    if known and made.number == known[0].number:
        messages.info(request, "That is what holds already; nothing was changed.")
    else:
        messages.success(request, f"Set: policy {made.number} is in force.")
    return redirect("fairness-policy", slug)


def _set(request: PersonRequest, slug: str, forms: PolicyForms) -> PolicyView | None:
    """The policy in force now; None after the refusal was written into the forms."""
    try:
        return set_fairness_policy(voice=request.voice, use_case=slug, content=forms.said())
    except Invalid as problem:
        forms.tell(problem)
        return None


def _page(
    request: PersonRequest, slug: str, known: list[PolicyView], forms: PolicyForms
) -> HttpResponse:
    chosen = _chosen(request, known)
    owners = [owner for one in known for owner in one.content.owners()]
    shown = policy_page(
        registry.use_case(request.voice, slug),
        known,
        chosen,
        names([*(one.actor for one in known), *owners]),
        redoing=derived_anew(request.voice, slug),
        may=request.voice.allows(WRITE, use_case=slug),
        may_verify=request.voice.allows("log:read", use_case=slug),
    )
    return render(request, "fairness/policy.html", {"page": shown, "forms": forms})


def _chosen(request: PersonRequest, known: list[PolicyView]) -> PolicyView | None:
    """The policy of ``?number=``, None unless one is asked for. Raises NotFound."""
    asked = request.GET.get("number", "")
    if not asked:
        return None
    found = next((one for one in known if str(one.number) == asked), None)
    if found is None:
        raise nothing_here()
    return found
