"""The replay of one decision, as it is told."""

from __future__ import annotations

from explain.questions import Asked
from explain.replay.verdicts import CAUSES
from governance.why.parts import ReplayPart

PENDING = "A worker replays it."
MATCH = "The pinned artefact gives the recorded outcome again."
FLIP = "The pinned artefact gives another outcome than the one recorded."
DRIFT = "The pinned artefact gives another score than the one recorded."


def replay_part(question: Asked) -> ReplayPart:
    content = question.content
    if content is None:
        detail = PENDING if question.state == "pending" else question.detail
        return ReplayPart(question.id, question.state, detail)
    verdict = content["verdict"]
    details = {"match": MATCH, "drift": FLIP if verdict["flipped"] else DRIFT}
    return ReplayPart(
        id=question.id,
        state=verdict["state"],
        detail=details.get(verdict["state"], verdict["detail"]),
        cause=CAUSES.get(verdict["cause"], ""),
        recorded=verdict["recorded"],
        computed=verdict["computed"],
        difference=verdict["difference"],
        label=verdict["label"],
        label_now=verdict["label_now"],
        flipped=verdict["flipped"],
        artefact_digest=content["artefact_digest"],
        computed_at=question.answered_at,
        entry_id=question.log_entry,
    )
