"""A version's explanations together: coverage, quality, importance, dependence, reasons by segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from explain.overview import Bin, Dependence, Group, Histogram, Overview
from explain.policies import PolicyView
from explain.queries import Coverage, ProfileView
from governance.charts import Bars, Diverging, Part, bars, diverging
from governance.pages import formats, outcomes
from governance.pages.pieces import Cell, Column, Empty, Fact, Filter, Option, State, Tab, Table
from governance.pages.shares import wilson
from governance.pages.tables import row
from governance.registry.rows import ModelRow, VersionRow

MOST_FEATURES: Final = 20
MOST_CODES: Final = 6
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
QUALITIES: Final = {
    "residual": ("Additivity", "Power of ten by which contributions miss the output; −18 is none"),
    "lime_r2": ("LIME's fidelity", "R², the share of the output's variation LIME accounts for"),
    "rank_agreement": ("SHAP and LIME agree", "Rank correlation of their weights, −1 to 1"),
    "top4_overlap": ("Same four features first", "Share of SHAP's and LIME's first four in common"),
}


@dataclass(frozen=True, slots=True)
class Quality:
    """``text`` says what is counted; ``median`` and the tenths beside it."""

    id: str
    title: str
    text: str
    chart: Bars
    note: str


@dataclass(frozen=True, slots=True)
class DependencePart:
    """``chart`` None when every bin is too small to show; ``note`` says what is hidden."""

    title: str
    text: str
    legend_up: str
    legend_down: str
    chart: Diverging | None
    note: str


@dataclass(frozen=True, slots=True)
class ExplanationsPage:
    model_ref: str
    model: str
    model_name: str
    number: str
    tabs: tuple[Tab, ...]
    facts: tuple[Fact, ...]
    instead: State | None
    importance: Bars | None
    importance_text: str
    importance_note: str
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
    *,
    examines: bool,
) -> ExplanationsPage:
    """``examines``: the reader may see reasons by segment."""
    instead = NO_PROFILE if profile is None else NONE_YET if found is None else None
    codes, quality = _worded(profile), _qualities(found) if found else ()
    return ExplanationsPage(
        model_ref=version.model_ref,
        model=version.model,
        model_name=model.name,
        number=version.number,
        tabs=tabs(version, "explanations"),
        facts=_facts(covered, policy, found),
        instead=instead,
        importance=_importance(found) if found else None,
        importance_text=_importance_text(found) if found else "",
        importance_note=_left(found) if found else "",
        url=reverse("version-explanations", args=[version.model, version.number]),
        features=_features(profile, chosen),
        dependence=_dependence(chosen, profile) if chosen and profile else None,
        quality_left=quality[0::2],
        quality_right=quality[1::2],
        reasons=_reasons(found, codes) if found and found.adverse else None,
        reasons_text=_reasons_text(found) if found else "",
        segments=_segments(found, codes) if found and examines else (),
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


def _features(profile: ProfileView | None, chosen: Dependence | None) -> tuple[Filter, ...]:
    if profile is None or chosen is None:
        return ()
    options = tuple(
        Option(one.name, one.label, one.name == chosen.feature)
        for one in sorted(profile.specification.features, key=lambda one: one.label)
    )
    return (Filter("feature", "Feature", "select", options=options),)


def _dependence(chosen: Dependence, profile: ProfileView) -> DependencePart:
    spec = profile.specification
    against, favour = outcomes.called(spec.adverse_label), outcomes.called(spec.favourable_label)
    up, down = (against, favour) if spec.adverse_when == "at_or_above" else (favour, against)
    parts = [
        Part(_bin(one, chosen.unit), f"n {formats.count(one.n)}", one.mean, one.low, one.high)
        for one in chosen.bins
        if one.mean is not None
    ]
    hidden = sum(one.n for one in chosen.bins if one.kind == "hidden")
    return DependencePart(
        title=f"{chosen.label}: contribution against value",
        text=f"Mean contribution ({chosen.output_space}) of the decisions with such a value, with its "
        f"95 % interval.{_binned(chosen)}",
        legend_up=f"towards {up}",
        legend_down=f"towards {down}",
        chart=diverging(parts, title=f"Contribution of {chosen.label} by value", style="dot")
        if parts
        else None,
        note=f"{formats.plural(hidden, 'decision')} in groups too small to show." if hidden else "",
    )


def _binned(chosen: Dependence) -> str:
    numbers = [one for one in chosen.bins if one.kind == "number"]
    return " Each bin holds about a tenth of them." if len(numbers) > 1 else ""


def _bin(one: Bin, unit: str) -> str:
    if one.kind == "missing":
        return "Missing"
    if one.kind == "others":
        return "Other classes"
    if one.kind == "class":
        return formats.words(one.name)
    start, end = formats.value(one.start), formats.value(one.end, unit)
    return end if one.start == one.end else f"{start} to {end}"


def _qualities(found: Overview) -> tuple[Quality, ...]:
    by_name = {one.name: one for one in found.quality if one.n}
    return tuple(_quality(by_name[name]) for name in QUALITIES if name in by_name)


def _quality(one: Histogram) -> Quality:
    title, text = QUALITIES[one.name]
    width = (one.high - one.low) / len(one.counts)
    parts = [
        Part(_range(one.low + at * width, one.low + (at + 1) * width), "", float(n))
        for at, n in enumerate(one.counts)
    ]
    none = f" {formats.plural(one.none, 'decision')} without." if one.none else ""
    return Quality(
        id=one.name.replace("_", "-"),
        title=title,
        text=text,
        chart=bars(parts, title=f"{title}: decisions by value", digits=0),
        note=f"Median {formats.figure(one.median, 2)}; a tenth lies below {formats.figure(one.p10, 2)}, "
        f"a tenth above {formats.figure(one.p90, 2)}.{none}",
    )


def _range(low: float, high: float) -> str:
    digits = 0 if high - low >= 1 else 1
    return f"{formats.figure(low, digits)} to {formats.figure(high, digits)}"


def _worded(profile: ProfileView | None) -> Mapping[str, str]:
    spec = profile.specification if profile else None
    return (
        {one.code: one.text.get("en") or next(iter(one.text.values())) for one in spec.reasons}
        if spec
        else {}
    )


def _reasons(found: Overview, worded: Mapping[str, str]) -> Bars:
    parts = []
    for code, n in found.codes.items():
        low, high = wilson(n, found.adverse)
        share = n / found.adverse
        parts.append(
            Part(
                worded.get(code, code),
                code,
                100 * share,
                100 * min(low, share),
                100 * max(high, share),
            )
        )
    return bars(parts, title="Share of adverse decisions that gave each reason", digits=0)


def _reasons_text(found: Overview) -> str:
    if not found.adverse:
        return "None of these decisions was against the person."
    return (
        f"Per cent of {formats.plural(found.adverse, 'decision')} against the person in which each was a principal "
        "reason, with Wilson's 95 % interval."
    )


def _segments(found: Overview, worded: Mapping[str, str]) -> tuple[Table, ...]:
    codes = list(found.codes)[:MOST_CODES]
    return tuple(
        _segment(segment.name, segment.groups, codes, worded)
        for segment in found.segments
        if segment.groups
    )


def _segment(
    name: str, groups: Sequence[Group], codes: Sequence[str], worded: Mapping[str, str]
) -> Table:
    title = formats.words(name).capitalize()
    columns = (Column(title), Column("Adverse", "num"), *(Column(code, "num") for code in codes))
    rows = [
        row(
            columns,
            Cell(_group(group)),
            Cell(formats.count(group.n)),
            *_shares(group, codes, worded),
        )
        for group in groups
    ]
    return Table(title, columns, tuple(rows), Empty("No groups", "No segment was recorded."))


def _group(group: Group) -> str:
    if group.name is None:
        return "Not shown"
    return group.name or "Not recorded"


def _shares(group: Group, codes: Sequence[str], worded: Mapping[str, str]) -> tuple[Cell, ...]:
    if group.name is None:
        return tuple(Cell(formats.NONE) for _ in codes)
    cells = []
    for code in codes:
        n = group.codes.get(code, 0)
        low, high = wilson(n, group.n)
        cells.append(
            Cell(
                formats.percent(n / group.n, 0),
                detail=formats.percents(low, high, 0),
                title=worded.get(code, code),
            )
        )
    return tuple(cells)
