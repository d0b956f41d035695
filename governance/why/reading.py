"""Reading a why: noted as an access, and worth a short wait when its explanation is still to come."""

from __future__ import annotations

import time
from collections.abc import Collection

from audit import accesses
from explain import queries as explanations
from explain.policies import ask
from explain.questions import About
from explain.recourse.policy import Wishes
from explain.recourses import ask_recourse
from governance.why.assembly import why
from governance.why.audience import for_audience
from governance.why.parts import Why
from governance.why.urgency import wait_until_answered, wait_until_explained


def read_why(
    *,
    key: str,
    use_cases: Collection[str],
    audience: str,
    actor: str,
    lang: str = "en",
    wait_seconds: float = 0.0,
    form: str = "",
) -> Why | None:
    """The answer for ``audience``, after noting that ``actor`` read personal data (and in which ``form``, a word
    of ours, where it is one to take away).

    What the policy of the use case left out is queued: asking why is asking for it. If the explanation is pending, a
    worker is asked to compute it at once and the call waits up to ``wait_seconds`` for it; the answer then still may
    say "pending". What would have changed an adverse outcome is asked for once likewise, and waited for in what is
    left of that time, but not where the explanation was ready already. The access is durable before the answer is
    returned: a crash between the two leaves a note of a read that nobody received, never a read without a note.
    """
    answer = why(key=key, use_cases=use_cases, lang=lang)
    if answer is None:
        return None
    if answer.explanation.state == "left_out" and ask(answer.decision.entry_id):
        answer = why(key=key, use_cases=use_cases, lang=lang) or answer
    until = time.monotonic() + wait_seconds
    waited_for = answer.explanation.state == "pending" and wait_seconds > 0
    if waited_for and wait_until_explained(answer.decision.entry_id, wait_seconds):
        answer = why(key=key, use_cases=use_cases, lang=lang) or answer
    # Who finds the explanation ready is not kept waiting for the recourse: it comes with the next call.
    due = ("not_computed", "pending") if waited_for else ("not_computed",)
    if answer.recourse.state in due and wait_seconds > 0:
        _ask_for_recourse(answer, actor, until - time.monotonic() if waited_for else 0.0)
        answer = why(key=key, use_cases=use_cases, lang=lang) or answer
    if answer.decision.erased is None:
        purpose = ":".join(filter(None, ("why", audience, form)))
        accesses.note(actor=actor, purpose=purpose, entries=[answer.decision.entry_id])
    return for_audience(answer, audience)


def _ask_for_recourse(answer: Why, actor: str, seconds: float) -> None:
    """Only of a decision that is against the person, or whose side nobody registered; a favourable one needs none."""
    decision = answer.decision
    profile = explanations.profile(answer.model.ref)
    if profile is None:
        return
    about = About(decision.entry_id, decision.use_case, answer.model.ref, decision.subject_id)
    question = ask_recourse(actor=actor, about=about, profile=profile, wishes=Wishes())
    wait_until_answered(question, max(0.0, seconds))
