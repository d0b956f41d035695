"""What wants a person: publication, entries stepped over, explanations that were not given."""

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
) -> tuple[Action, ...]:
    """What wants a person, the gravest first."""
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
    found += [
        Action(
            "bad" if one.state == "failed" else "warn",
            outcomes.STATES[one.state][2],
            f"Explanation {one.state}, {one.model_ref}",
            one.detail,
            f"{DECISIONS}{one.entry_id}",
        )
        for one in lost
    ]
    gone = sum(one.refused + one.failed for one in coverage.values()) - len(lost)
    if gone > 0:
        kind = "more explanation" if lost else "explanation"
        what = f"{formats.plural(gone, kind)} refused or failed"
        found.append(Action("warn", "ban", what, "By version, in the table of explanations.", ""))
    return tuple(found)
