"""The replay of the decision: whether the artefact still says what was recorded."""

from dataclasses import dataclass

from governance.pages import formats, outcomes
from governance.pages.pieces import Banner, Fact
from governance.pages.why.known import Known
from governance.why.parts import ReplayPart


@dataclass(frozen=True, slots=True)
class Replay:
    """``action``: where the button posts; empty where there is nothing to replay. ``poll_url``: while it is pending."""

    action: str
    banner: Banner | None
    rows: tuple[Fact, ...]
    poll_url: str
    look_url: str


def replay(known: Known, part: ReplayPart | None) -> Replay:
    decision = known.answer.decision
    here, query = f"/decisions/{decision.entry_id}/replay", known.url().partition("?")[2]
    gone = decision.erased is not None or bool(known.damage)
    pending = part is not None and part.state == "pending"
    return Replay(
        action="" if gone else f"{here}?{query}",
        banner=_banner(part) if part else None,
        rows=_rows(part) if part else (),
        poll_url=f"{here}/{part.id}?{query}" if part and pending else "",
        look_url=known.url(replay=str(part.id)) if part and pending else "",
    )


def _banner(part: ReplayPart) -> Banner:
    titles = {
        "match": ("good", "It comes out the same"),
        "drift": ("bad", "It comes out differently"),
        "pending": ("info", "A worker is at it"),
    }
    if part.state in titles:
        tone, title = titles[part.state]
        return Banner(tone, title, part.detail)  # type: ignore[arg-type]
    title = f"It cannot be replayed: {part.cause}" if part.cause else "It cannot be replayed"
    return Banner("warn", title, part.detail)


def _rows(part: ReplayPart) -> tuple[Fact, ...]:
    rows = []
    if part.recorded is not None:
        rows.append(Fact("Recorded score", formats.figure(part.recorded, 6)))
    if part.computed is not None:
        told = f"difference {formats.change(part.difference)}" if part.difference else ""
        rows.append(Fact("Computed again", formats.figure(part.computed, 6), told))
    if part.label_now and part.label:
        now = outcomes.called(part.label_now)
        rows.append(
            Fact(
                "Outcome",
                outcomes.called(part.label),
                f"now {now}" if part.flipped else "the same",
                tone="bad" if part.flipped else "",
            )
        )
    if part.artefact_digest:
        short = formats.digest(part.artefact_digest)
        rows.append(Fact("Artefact", "", "hashed again", code=part.artefact_digest, short=short))
    if part.computed_at:
        rows.append(Fact("Replayed", formats.moment(part.computed_at)))
    return tuple(rows)
