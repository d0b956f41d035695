"""A version's explanations together: coverage, quality, importance, dependence, reasons by segment."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from explain.overview import Dependence, Overview, Swarm
from explain.policies import PolicyView
from explain.queries import Coverage, ProfileView
from governance.charts import Bars, Part, bars
from governance.pages import formats
from governance.pages.distributions import DependencePart, Quality, dependence_part, qualities
from governance.pages.pieces import Fact, Filter, Option, State, Tab, Table
from governance.pages.reasons_given import reasons_chart, reasons_text, segments, worded
from governance.pages.swarm import SwarmPart, swarm_part
from governance.registry.rows import ModelRow, VersionRow

MOST_FEATURES: Final = 20
NONE_YET: Final = State(
    "pending",
    "Nothing to show yet",
    "Workers put the figures together within a minute of a version's first explanation, and again as "
    "decisions come in.",
)
NO_PROFILE: Final = State(
    "not_available",
    "No profile",
    "Nothing says how this version is explained, so there are no explanations to put together.",
)


@dataclass(frozen=True, slots=True)
class ExplanationsPage:
    model_ref: str
    model: str
    model_name: str
    number: str
    tabs: tuple[Tab, ...]
    policy_url: str
    facts: tuple[Fact, ...]
    instead: State | None
    importance: Bars | None
    importance_text: str
    importance_note: str
    swarm: SwarmPart | None
    swarm_note: str
    url: str
    features: tuple[Filter, ...]
    dependence: DependencePart | None
    quality_left: tuple[Quality, ...]
    quality_right: tuple[Quality, ...]
    reasons: Bars | None
    reasons_text: str
    segments: tuple[Table, ...]
    segments_note: str


def tabs(version: VersionRow, current: str) -> tuple[Tab, ...]:
    """The version's pages."""
    place = [version.model, version.number]
    return (
        Tab("Version", reverse("version", args=place), current == "version"),
        Tab("Explanations", reverse("version-explanations", args=place), current == "explanations"),
    )


def explanations_page(
    version: VersionRow,
    model: ModelRow,
    profile: ProfileView | None,
    covered: Coverage,
    policy: PolicyView,
    found: Overview | None,
    chosen: Dependence | None,
    swarm: Swarm | None,
    *,
    reads: bool,
    examines: bool,
) -> ExplanationsPage:
    """``reads``: the reader may be shown single decisions; ``examines``: and reasons by segment."""
    instead = NO_PROFILE if profile is None else NONE_YET if found is None else None
    codes, quality = worded(profile), qualities(found) if found else ()
    return ExplanationsPage(
        model_ref=version.model_ref,
        model=version.model,
        model_name=model.name,
        number=version.number,
        tabs=tabs(version, "explanations"),
        policy_url=reverse("explaining", args=[version.use_case]),
        facts=_facts(covered, policy, found),
        instead=instead,
        importance=_importance(found) if found else None,
        importance_text=_importance_text(found) if found else "",
        importance_note=_left(found) if found else "",
        swarm=swarm_part(swarm) if reads else None,
        swarm_note=_swarm_note(swarm, reads=reads) if found else "",
        url=reverse("version-explanations", args=[version.model, version.number]),
        features=_features(profile, chosen),
        dependence=dependence_part(chosen, profile) if chosen and profile else None,
        quality_left=quality[0::2],
        quality_right=quality[1::2],
        reasons=reasons_chart(found, codes) if found and found.adverse else None,
        reasons_text=reasons_text(found) if found else "",
        segments=segments(found, codes) if found and examines else (),
        segments_note=""
        if examines
        else "Reasons by segment are shown to those who may examine: reviewers judge without segments.",
    )


def _facts(covered: Coverage, policy: PolicyView, found: Overview | None) -> tuple[Fact, ...]:
    share = (
        f"{formats.percent(covered.ready / covered.total)} of those to be explained"
        if covered.total
        else "no decision read yet"
    )
    if covered.pending:
        share += f", {formats.count(covered.pending)} waiting"
    troubled = covered.refused + covered.failed
    told = [
        Fact("Explained", formats.count(covered.ready), share),
        Fact("Refused or failed", formats.count(troubled), tone="warn" if troubled else ""),
        Fact("Policy", formats.words(policy.words).capitalize(), _left_out(covered)),
    ]
    if found is None:
        return tuple(told)
    newest = f"the newest {formats.count(found.rows)}" if found.rows > 1 else "one"
    return (*told, Fact("Shown here", newest, f"put together {formats.brief(found.made_at)} UTC"))


def _left_out(covered: Coverage) -> str:
    return f"{formats.plural(covered.left_out, 'decision')} left out" if covered.left_out else ""


def _importance(found: Overview) -> Bars:
    parts = [
        Part(one.label, "", one.mean, one.low, one.high) for one in found.importance[:MOST_FEATURES]
    ]
    return bars(parts, title="Mean size of each feature's contribution")


def _importance_text(found: Overview) -> str:
    return (
        f"Mean size of each feature's contribution ({found.output_space}) over "
        f"{formats.plural(found.rows, 'decision')}, with its 95 % interval. Direction is not in it."
    )


def _left(found: Overview) -> str:
    more = len(found.importance) - MOST_FEATURES
    return f"{formats.plural(more, 'lighter feature')} not drawn." if more > 0 else ""


def _swarm_note(swarm: Swarm | None, *, reads: bool) -> str:
    if not reads:
        return "Single decisions are shown to those who may read why each was made."
    return "" if swarm else "Single decisions are shown from the tenth explanation on."


def _features(profile: ProfileView | None, chosen: Dependence | None) -> tuple[Filter, ...]:
    if profile is None or chosen is None:
        return ()
    options = tuple(
        Option(one.name, one.label, one.name == chosen.feature)
        for one in sorted(profile.specification.features, key=lambda one: one.label)
    )
    return (Filter("feature", "Feature", "select", options=options),)
