"""What stands where the explanation is not: why not, what it means, what can be done."""

from dataclasses import replace
from typing import Final, Literal

from django.urls import reverse

from explain.refusals import ANOTHER_TRY
from governance.pages.pieces import State
from governance.pages.why.known import Known
from governance.why.causes import Told, told
from governance.why.parts import ExplanationPart

KINDS: Final[dict[str, Literal["refused", "failed", "not_available"]]] = {
    "refused": "refused",
    "failed": "failed",
}


def instead(known: Known, part: ExplanationPart) -> State:
    """The state panel for an explanation that is not ready."""
    if part.state == "pending":
        return State(
            "pending",
            "The explanation is being computed",
            "It appears here by itself, usually within seconds.",
            part.detail,
            known.url(),
            "Look again",
        )
    if part.state == "left_out":
        return State(
            "empty",
            "Left out by the use case's policy",
            part.detail,
            url=known.url(),
            action="Look again",
        )
    if part.state == "erased":
        return State("erased", "Erased", part.detail)
    found = told(part.state, part.cause)
    if found is None:
        return State("not_available", "This version has no explanation", part.detail)
    return _cause(known, part, found)


def _cause(known: Known, part: ExplanationPart, found: Told) -> State:
    """Who the decision is about is told what it means; whoever works with it, what to do as well."""
    meaning = found.to_person(known.answer.decision.adverse)
    plain = State(KINDS.get(part.state, "not_available"), found.title, meaning)
    if known.for_subject:
        return plain
    url, action = _way(known, found)
    again = part.state in KINDS and (part.cause or part.state) in (*ANOTHER_TRY, "failed")
    return replace(
        plain,
        note=part.detail,
        remedy=found.remedy,
        url=url,
        action=action,
        post=_again(known) if again else "",
        again="Ask again" if again else "",
    )


def _way(known: Known, found: Told) -> tuple[str, str]:
    """Where to do it, and what that is called; empty where this reader may not go there."""
    ways = {
        "replay": (f"{known.url()}#replay", "To the replay"),
        "verify": (known.verify_url, "Verify the record"),
        # Who may verify may read the log.
        "log": (known.verify_url and reverse("log"), "Open the audit log"),
    }
    url, action = ways.get(found.way, (known.model_url, "Open the version"))
    return url, action if url else ""


def _again(known: Known) -> str:
    query = known.url().partition("?")[2]
    return f"{reverse('explain-again', args=[known.answer.decision.entry_id])}?{query}"
