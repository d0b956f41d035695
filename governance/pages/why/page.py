"""The whole page, drawn from one answer."""

from dataclasses import dataclass
from urllib.parse import urlencode

from governance.pages import formats
from governance.pages.pieces import Banner, Event, Fact, State, Tab
from governance.pages.why import head, story
from governance.pages.why.known import Known
from governance.pages.why.pushed import Pushed, pushed
from governance.pages.why.reasons import Reasons, reasons
from governance.pages.why.recourse import Recourse, recourse
from governance.pages.why.replay import Replay, replay
from governance.pages.why.similar import Similar, similar
from governance.pages.why.story import Proof, Raw, Report
from governance.pages.why.trust import Trust, trust

__all__ = ["Known", "WhyPage", "why_page"]


@dataclass(frozen=True, slots=True)
class WhyPage:
    """``later``: parts that no release fills yet, named and not faked. ``poll_url``: while the
    explanation is pending, where htmx asks for the finished page. ``pdf_url``: the same as a document.
    ``gone``: what stands for the inputs where nobody can read them."""

    title: str
    case_name: str
    case_url: str
    subject: str
    decided: str
    audiences: tuple[Tab, ...]
    languages: tuple[Tab, ...]
    banners: tuple[Banner, ...]
    facts: tuple[Fact, ...]
    pushed: Pushed
    trust: Trust | None
    reasons: Reasons
    recourse: Recourse
    similar: Similar | None
    replay: Replay
    later: tuple[State, ...]
    reports: tuple[Report, ...]
    outcome_text: str
    timeline: tuple[Event, ...]
    raws: tuple[Raw, ...]
    call: tuple[Fact, ...]
    proof: Proof
    poll_url: str
    pdf_url: str
    for_subject: bool
    gone: State | None


def why_page(known: Known) -> WhyPage:
    answer = known.answer
    decision = answer.decision
    pending = answer.explanation.state == "pending" and not known.damage
    return WhyPage(
        title=decision.id or str(decision.entry_id),
        case_name=known.case_name,
        case_url=f"/decisions/?use_case={decision.use_case}",
        subject=decision.subject or "",
        decided=formats.moment(decision.decided_at or decision.recorded_at),
        audiences=head.audiences(known),
        languages=head.languages(known) if answer.reasons.items else (),
        banners=head.banners(known),
        facts=head.facts(known),
        pushed=pushed(known),
        trust=trust(known),
        reasons=reasons(known),
        recourse=recourse(known, known.problems),
        similar=similar(known, known.alike),
        replay=replay(known, known.replayed),
        later=(
            State("not_available", "Review by people", answer.review.detail),
            State("not_available", "Approval of the version", answer.model.approval.then.detail),
        ),
        reports=story.reports(known),
        outcome_text=_outcome_text(known),
        timeline=story.timeline(known),
        raws=story.raws(known),
        call=story.call(known),
        proof=story.proof(known),
        poll_url=_poll(known) if pending else "",
        pdf_url=_pdf(known),
        for_subject=known.for_subject,
        gone=_gone(known),
    )


def _gone(known: Known) -> State | None:
    """What stands for the inputs where they cannot be read."""
    still = "that the decision was made, when and by which version still stands in the log."
    if known.answer.decision.erased is not None:
        return State(
            "erased",
            "Erased",
            f"What the decision was made from went with the person's data; {still}",
        )
    if known.damage:
        return State(
            "failed",
            "Nothing can be read",
            f"The inputs cannot be told from what is stored; {still}",
        )
    return None


def _outcome_text(known: Known) -> str:
    if known.answer.outcome.state == "erased":
        return "Erased with the person's data."
    return "Nothing has been reported yet. Of a refusal one seldom learns whether it was right."


def _poll(known: Known) -> str:
    """By entry id: a caller's id may be that of several decisions."""
    query = known.url().partition("?")[2]
    return f"/decisions/{known.answer.decision.entry_id}/explained?{query}"


def _pdf(known: Known) -> str:
    """The same, for this audience and in this language, as a document."""
    said = urlencode({"audience": known.answer.audience, "lang": known.answer.lang})
    return f"/api/v1/decisions/{known.answer.decision.entry_id}/why.pdf?{said}"
