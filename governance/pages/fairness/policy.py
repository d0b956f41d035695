"""The page of a fairness policy: what holds, its numbered history, and what a change means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fairness.policies import PolicyView
from fairness.policy import Content
from governance.pages import actors, formats
from governance.pages.fairness.policy_held import Held, held
from governance.pages.fairness.policy_history import history
from governance.pages.pieces import Banner, Fact, Table
from governance.registry.rows import UseCaseRow

# What a change of each part takes effect on.
MEANS: Final = (
    (
        "Segments, sources, scale of scores",
        "What is known of each decision is derived anew from the log, in the background. Until that is done, "
        "figures are partly by the old policy.",
    ),
    (
        "Labels, limits, confidence, adjustment, window",
        "Figures asked for from then on are by the new ones. Stored runs keep the policy they were made by.",
    ),
    (
        "Monitors and floors",
        "A new or changed one begins with what is recorded from then on: evidence is never carried over. "
        "One that is no longer named ends where it is.",
    ),
    (
        "Drift",
        "The first week judged is the last one that is over. Weeks that were judged stay judged and count as looks "
        "already taken; those after the last of them are judged by the new limits, those too in which it was off.",
    ),
    ("All of it", "A numbered policy and a line of the log, for ever. Nothing is overwritten."),
)


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """``held``: for who may not set one, and for an older one; ``may``: the form is offered."""

    slug: str
    name: str
    facts: tuple[Fact, ...]
    banner: Banner | None
    held: Held | None
    none: str
    may: bool
    means: tuple[tuple[str, str], ...]
    history: Table


def policy_page(
    case: UseCaseRow,
    policies: Sequence[PolicyView],
    chosen: PolicyView | None,
    names: Mapping[str, str],
    *,
    redoing: bool,
    may: bool,
    may_verify: bool,
) -> PolicyPage:
    """``policies``: all there were, the newest first; ``chosen``: the one asked for by its number."""
    current = policies[0] if policies else None
    shown = chosen if chosen is not None else None if may else current
    return PolicyPage(
        slug=case.slug,
        name=case.name,
        facts=_facts(current, names),
        banner=_banner(current, chosen, redoing=redoing),
        held=held(shown, names, current=shown is current) if shown else None,
        none="" if may or current else "Nobody has set one yet, so groups are not compared.",
        may=may and chosen is None,
        means=MEANS,
        history=history(case.slug, policies, names, may_verify=may_verify),
    )


def _facts(current: PolicyView | None, names: Mapping[str, str]) -> tuple[Fact, ...]:
    if current is None:
        return (Fact("In force", "None", "groups are not compared without one"),)
    content = current.content
    by = actors.cell(current.actor, names)
    return (
        Fact("In force", f"Policy {current.number}", f"since {formats.brief(current.set_at)} UTC"),
        Fact("Set by", by),
        Fact("Favourable", ", ".join(content.favourable)),
        Fact("Compared", formats.plural(len(content.segments), "segment")),
        Fact("Watched", formats.plural(len(content.monitors), "monitor"), _besides(content)),
    )


def _besides(content: Content) -> str:
    floors = [formats.plural(len(content.floors), "floor")] if content.floors else []
    besides = [*floors, *(["drift"] if content.drift else [])]
    return f"also {' and '.join(besides)}" if besides else ""


def _banner(
    current: PolicyView | None, chosen: PolicyView | None, *, redoing: bool
) -> Banner | None:
    if chosen is not None and chosen is not current:
        return Banner(
            "info",
            f"Policy {chosen.number} is not in force any more",
            "It is shown as it was set.",
            "?",
            "The one in force",
        )
    if redoing:
        return Banner(
            "info",
            "Being derived anew",
            "What is known of each decision is derived anew by the policy in force. Until that is done, figures "
            "are partly by the one before.",
        )
    return None
