"""What happened to a decision, in the log's order, each line a sentence."""

from __future__ import annotations

from audit import queries as log
from audit.decisions.admission import DOOR
from audit.queries import DecisionRecord
from explain import questions
from governance.why.parts import TimelineItem

SENTENCES = {
    "decision": "Decision recorded",
    "outcome": "Outcome reported",
    "segments": "Segments stated",
    "explanation": "Explanation computed",
    "erasure": "Person's data erased",
    "access": "Personal data read",
    "review": "Reviewed by a person",
    "alert": "Alert raised",
}
MARKED = "Broken rule marked"
# The explaining workers' alerts are of one kind.
DRIVEN = "Protected feature or proxy moved it"
EXPLAINER = "system:explain"

# Lines of the kind "explanation" that answer a question; after an erasure nobody knows which they were.
ANSWERS = {questions.RECOURSE: "Recourse computed", questions.REPLAY: "Decision replayed"}


def timeline(record: DecisionRecord) -> tuple[TimelineItem, ...]:
    """The decision itself, then every entry about it, oldest first."""
    first = TimelineItem(
        at=record.recorded_at,
        kind="decision",
        text=SENTENCES["decision"],
        actor=record.actor,
        entry_id=record.entry_id,
        leaf_index=record.leaf_index,
    )
    answers = questions.lines(record.entry_id)
    later = (
        TimelineItem(
            at=item.recorded_at,
            kind=item.kind,
            text=ANSWERS[answers[item.entry_id]]
            if item.entry_id in answers
            else sentence(item.kind, item.actor),
            actor=item.actor,
            entry_id=item.entry_id,
            leaf_index=item.leaf_index,
        )
        for item in log.timeline(record.entry_id)
        if item.entry_id != record.entry_id
    )
    return (first, *later)


def sentence(kind: str, actor: str) -> str:
    if kind == "alert" and actor == DOOR:
        return MARKED
    if kind == "alert" and actor == EXPLAINER:
        return DRIVEN
    return SENTENCES.get(kind, kind.capitalize())
