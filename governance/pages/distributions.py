"""How a version's contributions and quality figures are spread: dependence of a feature, histograms."""

from dataclasses import dataclass
from typing import Final

from explain.overview import Bin, Dependence, Histogram, Overview
from explain.queries import ProfileView
from governance.charts import Bars, Diverging, Part, bars, diverging
from governance.pages import formats, outcomes

QUALITIES: Final = {
    "residual": (
        "Additivity",
        "How far contributions, added up, miss the output: −15 stands for 10⁻¹⁵, −18 for not at all",
    ),
    "stability": ("Stability", "Rank correlation with the same explanation after 1 % of noise"),
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


def dependence_part(chosen: Dependence, profile: ProfileView) -> DependencePart:
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


def qualities(found: Overview) -> tuple[Quality, ...]:
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
