"""What wants a person: publication, entries stepped over, alerts, explanations that were not given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audit.publisher import PublisherState
from audit.queries import PoisonedEntry
from explain.queries import Coverage
from explain.standing import Unexplained
from governance.pages import formats, outcomes
from governance.pages.pieces import Tone

DECISIONS: Final = "/decisions/"
ALERTS: Final = "/monitoring/alerts/?state=open"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that wants a person: ``url`` leads to where they can do it."""

    tone: Tone
    icon: str
    title: str
    text: str
    url: str


def actions(
    publication: PublisherState,
    poison: Sequence[PoisonedEntry],
    lost: Sequence[Unexplained],
    coverage: Mapping[str, Coverage],
    alerts: int | None,
) -> tuple[Action, ...]:
    """What wants a person, the gravest first. ``alerts``: those nobody took up; None: not the reader's."""
    found = []
    if publication.status in {"refused", "unreachable"}:
        refused = publication.status == "refused"
        found.append(
            Action(
                "bad" if refused else "warn",
                "shield-x" if refused else "shield-question",
                "No checkpoint is signed" if refused else "The checkpoint store does not answer",
                publication.problem,
                "/log/",
            )
        )
    found += [
        Action(
            "bad",
            "alert-octagon",
            f"The follower “{one.place}” stepped over entry {formats.count(one.leaf_index)}",
            one.error,
            "/log/",
        )
        for one in poison
    ]
    if alerts:
        what = f"{formats.plural(alerts, 'alert')} nobody took up"
        found.append(Action("bad", "bell", what, "Each with its evidence.", ALERTS))
    found += _unexplained(lost)
    gone = sum(one.refused + one.failed for one in coverage.values()) - len(lost)
    if gone > 0:
        kind = "more explanation" if lost else "explanation"
        what = f"{formats.plural(gone, kind)} refused or failed"
        found.append(Action("warn", "ban", what, "By version, in the table of explanations.", ""))
    return tuple(found)


def _unexplained(lost: Sequence[Unexplained]) -> list[Action]:
    """A line for each cause: many decisions that lack the same are one thing to do."""
    alike: dict[tuple[str, str, str], list[Unexplained]] = {}
    for one in lost:
        alike.setdefault((one.state, one.model_ref, one.detail), []).append(one)
    return [
        Action(
            "bad" if state == "failed" else "warn",
            outcomes.STATES[state][2],
            f"Explanation {state}, {model_ref}"
            if len(same) == 1
            else f"{len(same)} explanations {state} alike, {model_ref}",
            detail,
            f"{DECISIONS}{same[0].entry_id}",
        )
        for (state, model_ref, detail), same in alike.items()
    ]
