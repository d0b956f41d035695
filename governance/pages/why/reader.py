"""What the page needs besides the answer, for whoever reads it."""

from __future__ import annotations

from django.urls import reverse

from audit.door import Voice
from explain import queries as explanations
from governance.pages.why.known import Known
from governance.people.directory import names
from governance.registry.lookups import use_case_named
from governance.why import AUDIENCES, Why

# Others' decisions are shown to whoever may read both them and their reasons.
READ, EXAMINE, LIST = "why:read", "why:examiner", "decisions:read"


def known_to(voice: Voice, answer: Why, *, path: str = "", use_case_asked: str = "") -> Known:
    """``path``: the page's own address; without one, that by entry id."""
    decision = answer.decision
    case = use_case_named(decision.use_case)
    profile = explanations.profile(answer.model.ref)
    return Known(
        answer=answer,
        path=path or f"/decisions/{decision.entry_id}",
        case_name=case.name if case else decision.use_case,
        use_case_asked=use_case_asked,
        audiences=tuple(
            name
            for name in AUDIENCES
            if name != "examiner" or voice.allows(EXAMINE, use_case=decision.use_case)
        ),
        specification=profile.specification if profile else None,
        names=names([decision.actor, *(item.actor for item in answer.timeline)]),
        verify_url=_verification(voice, answer),
        model_url=_version(voice, answer),
        profile_digest=profile.specification_digest if profile else "",
        remote=profile is not None and profile.artefact_kind == "remote",
        adverse_labels=case.adverse_labels if case else (),
        compares=all(voice.allows(act, use_case=decision.use_case) for act in (LIST, READ)),
    )


def _verification(voice: Voice, answer: Why) -> str:
    """Where the reader's own browser checks the proof."""
    if not voice.allows("log:read", use_case=answer.decision.use_case):
        return ""
    return reverse("log-verify", args=[answer.decision.entry_id])


def _version(voice: Voice, answer: Why) -> str:
    readable = voice.allows("registry:read", use_case=answer.decision.use_case)
    if not (answer.model.registered and readable):
        return ""
    return reverse("version", args=[answer.model.model, answer.model.version])
