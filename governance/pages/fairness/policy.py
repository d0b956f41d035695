"""The page of a fairness policy: what holds, its numbered history, and what a change means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from fairness.policies import PolicyView
from fairness.policy import Attribute, Content, Limits, Monitor
from governance.pages import formats
from governance.pages.pieces import Banner, Cell, Column, Empty, Fact, Row, Table
from governance.pages.tables import row
from governance.registry.rows import UseCaseRow

HISTORY: Final = (
    Column("Policy"),
    Column("Set, UTC", "time"),
    Column("By"),
    Column("What changed"),
    Column("Log entry", wide=True),
)
SEGMENTS: Final = (Column("Segment"), Column("Purpose"), Column("Protected"))
MONITORS: Final = (
    Column("Rate"),
    Column("Segment"),
    Column("Least ratio", "num"),
    Column("False-alarm rate", "num"),
    Column("Owner of alerts"),
)
DIRECTIONS: Final = {
    "higher_favourable": "the higher, the better for the person",
    "lower_favourable": "the lower, the better for the person",
}
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
        "Monitors",
        "A new or changed one begins with what is recorded from then on: evidence is never carried over. "
        "One that is no longer named ends where it is.",
    ),
    ("All of it", "A numbered policy and a line of the log, for ever. Nothing is overwritten."),
)


@dataclass(frozen=True, slots=True)
class Held:
    """A policy for reading."""

    title: str
    text: str
    rows: tuple[Fact, ...]
    segments: Table
    monitors: Table


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
        held=_held(shown, names, current=shown is current) if shown else None,
        none="" if may or current else "Nobody has set one yet, so groups are not compared.",
        may=may and chosen is None,
        means=MEANS,
        history=_history(case.slug, policies, names, may_verify=may_verify),
    )


def _facts(current: PolicyView | None, names: Mapping[str, str]) -> tuple[Fact, ...]:
    if current is None:
        return (Fact("In force", "None", "groups are not compared without one"),)
    content = current.content
    by = names.get(current.actor, current.actor)
    return (
        Fact("In force", f"Policy {current.number}", f"since {formats.brief(current.set_at)} UTC"),
        Fact("Set by", by),
        Fact("Favourable", ", ".join(content.favourable)),
        Fact("Compared", formats.plural(len(content.segments), "segment")),
        Fact("Watched", formats.plural(len(content.monitors), "monitor")),
    )


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


def _held(policy: PolicyView, names: Mapping[str, str], *, current: bool) -> Held:
    content = policy.content
    by = names.get(policy.actor, policy.actor)
    return Held(
        title=f"Policy {policy.number}",
        text=f"Set by {by}, {formats.moment(policy.set_at)}. "
        + ("It is in force." if current else "Another one is in force now."),
        rows=_rows(content),
        segments=_segments(content),
        monitors=_monitors(content, names),
    )


def _rows(content: Content) -> tuple[Fact, ...]:
    score = content.score
    return (
        Fact("Favourable labels", ", ".join(content.favourable)),
        Fact("Positive true labels", ", ".join(content.positive) or "none named"),
        Fact("Sources, in order", ", ".join(content.sources) or "none before another"),
        Fact(
            "Intersections", "; ".join(" and ".join(one) for one in content.intersections) or "none"
        ),
        Fact("Scores", f"{score.low:g} to {score.high:g}", detail=DIRECTIONS[score.direction]),
        *_limits(content.limits),
        Fact("Confidence", formats.percent(content.confidence, 0), detail=content.adjustment),
        Fact("Window", formats.plural(content.window_days, "day")),
        Fact(
            "An alert",
            "asks for training anew" if content.retrain_on_breach else "asks for nothing",
        ),
    )


def _limits(limits: Limits) -> tuple[Fact, ...]:
    return (
        Fact(
            "Ratio of selection rates",
            f"at least {limits.ratio:g}",
            detail=f"margin {limits.ratio_margin:g}",
        ),
        Fact(
            "Difference of other rates",
            f"at most {limits.difference:g}",
            detail=f"margin {limits.difference_margin:g}",
        ),
        Fact("Judged from", formats.plural(limits.least, "decision")),
        Fact("Shown to everybody from", formats.plural(limits.shown, "decision")),
    )


def _segments(content: Content) -> Table:
    def line(name: str, one: Attribute) -> Row:
        kept = "yes" if one.protected else "no"
        return row(SEGMENTS, Cell(name), Cell(one.purpose), Cell(kept))

    rows = tuple(line(name, one) for name, one in content.segments.items())
    return Table(
        "Segments", SEGMENTS, rows, Empty("No segment", "Every segment known is compared.")
    )


def _monitors(content: Content, names: Mapping[str, str]) -> Table:
    def line(one: Monitor) -> Row:
        return row(
            MONITORS,
            Cell(formats.words(one.metric).capitalize()),
            Cell(one.segment),
            Cell(f"{one.least_ratio:g}"),
            Cell(formats.percent(one.alpha, 2)),
            Cell(names.get(one.owner, one.owner) or "nobody yet"),
        )

    rows = tuple(line(one) for one in content.monitors)
    return Table("Monitors", MONITORS, rows, Empty("No monitor", "Nothing is watched over time."))


def _history(
    slug: str, policies: Sequence[PolicyView], names: Mapping[str, str], *, may_verify: bool
) -> Table:
    older = [*policies[1:], None][: len(policies)]
    rows = tuple(
        row(
            HISTORY,
            Cell(
                f"Policy {one.number}",
                url=f"{reverse('fairness-policy', args=[slug])}?number={one.number}",
                detail="in force" if at == 0 else "",
            ),
            Cell(formats.brief(one.set_at), title=formats.moment(one.set_at)),
            Cell(names.get(one.actor, one.actor)),
            Cell(_changed(before, one)),
            Cell(
                formats.digest(str(one.entry_id)),
                url=reverse("log-verify", args=[one.entry_id]) if may_verify else "",
            ),
        )
        for at, (one, before) in enumerate(zip(policies, older, strict=True))
    )
    empty = Empty("No policy so far", "The first one that is set stands here, with who set it.")
    return Table("Policies, the newest first", HISTORY, rows, empty)


def _changed(before: PolicyView | None, after: PolicyView) -> str:
    if before is None:
        return "the first one"
    parts = [
        formats.words(name)
        for name in Content.__struct_fields__
        if getattr(before.content, name) != getattr(after.content, name)
    ]
    return ", ".join(parts)
