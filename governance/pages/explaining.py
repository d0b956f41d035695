"""Which decisions of a use case are explained: the policy in force, what a change would mean, back-fills."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from explain.backfill import BackfillView
from explain.foresight import Foresight
from explain.policies import PolicyView
from explain.queries import Coverage
from governance.charts import Meter, meter
from governance.pages import formats
from governance.pages.pieces import Badge, Banner, Fact
from governance.pages.shares import wilson
from governance.registry.rows import UseCaseRow

STATES: Final = {
    "running": Badge("Running", "info", "hourglass"),
    "done": Badge("Done", "good", "check"),
    "cancelled": Badge("Cancelled", "neutral", "ban"),
}
WORDS: Final = {
    "all": "Every decision",
    "adverse": "Those against the person",
    "sample": "The sample",
    "on_demand": "Until somebody asks",
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule's share of the newest decisions; ``chosen`` in the form, ``now`` in force."""

    label: str
    explained: str
    share: str
    meter: Meter
    now: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a change would mean. ``banner``: what it leaves as it is."""

    text: str
    rules: tuple[RuleLine, ...]
    banner: Banner | None
    note: str


@dataclass(frozen=True, slots=True)
class Walk:
    """A back-fill: ``cancel_url`` while it runs, for who may end it."""

    id: str
    title: str
    state: Badge
    done: int
    total: int
    progress: str
    told: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class Walks:
    rows: tuple[Walk, ...]
    poll_url: str


@dataclass(frozen=True, slots=True)
class ExplainingPage:
    """``may``: the reader may change it; who may not is shown what holds, and no form."""

    slug: str
    name: str
    facts: tuple[Fact, ...]
    may: bool
    meaning: Meaning
    meaning_url: str
    walks: Walks
    who: str


def explaining_page(
    case: UseCaseRow,
    policy: PolicyView,
    covered: Coverage,
    meaning: Meaning,
    walks: Walks,
    *,
    set_by: str,
    may: bool,
) -> ExplainingPage:
    """``set_by``: a name, empty where nobody has set one."""
    return ExplainingPage(
        slug=case.slug,
        name=case.name,
        facts=_facts(policy, covered, set_by),
        may=may,
        meaning=meaning,
        meaning_url=reverse("explaining-meaning", args=[case.slug]),
        walks=walks,
        who="" if may else "Model owners and compliance officers of this use case change it.",
    )


def _facts(policy: PolicyView, covered: Coverage, set_by: str) -> tuple[Fact, ...]:
    since = f"since {formats.brief(policy.set_at)} UTC, by {set_by}" if set_by else "nobody set one"
    troubled = covered.refused + covered.failed
    return (
        Fact("Explained", formats.words(policy.words).capitalize(), since),
        Fact("Waiting", formats.count(covered.pending), "for a worker"),
        Fact("Ready", formats.count(covered.ready)),
        Fact(
            "Left out", formats.count(covered.left_out), "computed when asked for, or back-filled"
        ),
        Fact("Refused or failed", formats.count(troubled), tone="warn" if troubled else ""),
    )


def meaning_of(
    policy: PolicyView, found: Foresight, covered: Coverage, *, chosen: str, percent: str
) -> Meaning:
    """``chosen``: the rule in the form; ``percent``: the sample's share, as it was given."""
    return Meaning(
        text=_text(found),
        rules=tuple(
            RuleLine(
                label=f"{WORDS[rule]}, {percent}{formats.NARROW}%"
                if rule == "sample"
                else WORDS[rule],
                explained=formats.count(many),
                share=_share(many, found.n),
                meter=meter(many / found.n if found.n else 0.0),
                now=rule == policy.rule,
                chosen=rule == chosen,
            )
            for rule, many in found.explained.items()
        ),
        banner=_left(policy, covered, chosen),
        note=_unprofiled(found),
    )


def _text(found: Foresight) -> str:
    if not found.n:
        return "There is no decision with a profile yet, so nothing can be counted beforehand."
    which = "all" if found.all_there_are else "the newest"
    since = f", decided since {formats.brief(found.since)} UTC" if found.since else ""
    return (
        f"Of {which} {formats.plural(found.n, 'decision')}{since}, so many would have been explained. "
        "A change holds for decisions recorded from then on."
    )


def _share(many: int, of: int) -> str:
    if not of:
        return formats.NONE
    low, high = wilson(many, of)
    exact = many in (0, of)
    share = formats.percent(many / of)
    return share if exact else f"{share} ({formats.percents(low, high)})"


def _left(policy: PolicyView, covered: Coverage, chosen: str) -> Banner | None:
    if chosen != policy.rule and covered.left_out and chosen != "on_demand":
        many = formats.plural(covered.left_out, "decision")
        return Banner(
            "info",
            "",
            f"{many} left out so far stay so until asked for: a back-fill brings them in.",
        )
    if chosen == "on_demand":
        return Banner(
            "warn",
            "",
            "Reasons against a person are then computed when somebody asks why. Where they must be given "
            "with the decision (12 CFR 1002.9), that is late.",
        )
    return None


def _unprofiled(found: Foresight) -> str:
    if not found.unprofiled:
        return ""
    return (
        f"{formats.plural(found.unprofiled, 'decision')} more of versions without a profile: none of "
        "these can be explained, whatever is chosen."
    )


def walks_of(slug: str, rows: Sequence[BackfillView], *, may: bool) -> Walks:
    """Newest first. While one runs the list asks for itself."""
    running = any(one.state == "running" for one in rows)
    return Walks(
        rows=tuple(_walk(slug, one, may=may) for one in rows),
        poll_url=reverse("explaining-backfills", args=[slug]) if running else "",
    )


def _walk(slug: str, one: BackfillView, *, may: bool) -> Walk:
    running = one.state == "running"
    return Walk(
        id=str(one.id),
        title=_title(one),
        state=STATES[one.state],
        done=one.seen,
        total=one.total,
        progress=f"{formats.count(one.seen)} of {formats.plural(one.total, 'decision')}",
        told=_told(one),
        cancel_url=reverse("explaining-cancel", args=[slug, one.id]) if running and may else "",
    )


def _title(one: BackfillView) -> str:
    told = [one.model_ref or "Every version"]
    if one.since:
        told.append(f"from {formats.day(one.since.date())}")
    if one.until:
        told.append(f"before {formats.day(one.until.date())}")
    if one.adverse_only:
        told.append("only against the person")
    return ", ".join(told)


def _told(one: BackfillView) -> str:
    told = [f"{formats.count(one.asked)} queued", f"{formats.count(one.known)} known already"]
    if one.not_adverse:
        told.append(f"{formats.count(one.not_adverse)} not against the person")
    if one.unprofiled:
        told.append(f"{formats.count(one.unprofiled)} without a profile")
    return f"{', '.join(told)} · started {formats.brief(one.started_at)} UTC"
