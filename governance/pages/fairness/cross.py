"""Two segments crossed: a heat map of selection rates, or of their ratios to the highest one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from fairness.counts import UNKNOWN
from fairness.figures import Axis, Figure, Group, Name
from governance.charts import HeatCell, HeatChart, HeatKey, heat_chart, heat_level
from governance.pages import formats
from governance.pages.fairness import links, words
from governance.pages.fairness.links import Asked
from governance.pages.fairness.rates import figure_of, tip
from governance.pages.pieces import Tab
from governance.pages.sheets import Sheet, SheetColumn, Value, weight

Shows = Literal["rate", "ratio"]
SHOWS: Final[tuple[Shows, ...]] = ("rate", "ratio")
# A ratio so low has the fullest colour.
LOWEST: Final = 0.4


@dataclass(frozen=True, slots=True)
class Scale:
    """What cells show, and the rates with the palest and the fullest colour. ``least``: fewer decisions
    are told but not coloured, for they are not judged."""

    shows: Shows
    low: float
    high: float
    least: int

    @classmethod
    def over(cls, axis: Axis, shows: Shows, least: int) -> Scale:
        seen = [one for group in axis.groups if (one := _selection(group)) is not None]
        values = [
            one.value for one in seen if one.value is not None and (one.number or 0.0) >= least
        ]
        low, high = (min(values), max(values)) if values else (0.0, 0.0)
        return cls(shows, low, high, least)

    def level(self, figure: Figure) -> int | None:
        if figure.value is None or (figure.number or 0.0) < self.least:
            return None
        if self.shows == "ratio":
            return heat_level(1.0 - (figure.compared or 0.0), 0.0, 1.0 - LOWEST)
        return heat_level(figure.value, self.low, self.high) if self.low < self.high else 0


@dataclass(frozen=True, slots=True)
class CrossPart:
    title: str
    what: str
    chart: HeatChart
    shows: tuple[Tab, ...]
    sheet: Sheet
    csv: str
    note: str


def cross_part(
    axis: Axis, asked: Asked, *, basis: str, attributes: Name, tabs: Sequence[Tab], least: int
) -> CrossPart | None:
    """Of an axis of two attributes; None where it has no group. ``attributes``: whose page it is on."""
    if not axis.groups or len(axis.attributes) != 2:
        return None
    scale = Scale.over(axis, "ratio" if asked.heat == "ratio" else "rate", least)
    chart = _chart(axis, basis, scale)
    return CrossPart(
        title=words.axis(axis.attributes),
        what=_what(scale.shows),
        chart=chart,
        shows=tuple(tabs),
        sheet=_sheet("cross", {basis: axis}),
        csv=links.sheet_url(asked, attributes, "cross"),
        note=_note(chart.hidden),
    )


def reviewers_part(
    by: Mapping[str, Axis], asked: Asked, attributes: Name, *, least: int
) -> CrossPart | None:
    """By reviewers' group and segment: rates after review, the machine's beside; None without reviews."""
    after, machine = by.get("effective"), by.get("machine")
    if after is None or machine is None or not after.groups:
        return None
    chart = _chart(after, "effective", Scale.over(after, "rate", least), before=machine)
    chosen = (
        "Which decisions are reviewed is chosen, not drawn by lot: rates of those are not to be held beside "
        "rates of the others."
    )
    return CrossPart(
        title="After review, by reviewers’ group",
        what="Selection rate by the label that held after review, and by the machine’s label beneath.",
        chart=chart,
        shows=(),
        sheet=_sheet("reviewers", {"machine": machine, "effective": after}),
        csv=links.sheet_url(asked, attributes, "reviewers"),
        note=f"{chosen} {_note(chart.hidden)}" if chart.hidden else chosen,
    )


def _chart(axis: Axis, basis: str, scale: Scale, before: Axis | None = None) -> HeatChart:
    groups = {group.name: group for group in axis.groups}
    earlier = {group.name: group for group in before.groups} if before else {}
    # In the order of the groups: who is not known stands last.
    rows, columns = (list(dict.fromkeys(one[at] for one in groups)) for at in (0, 1))
    columns.sort(key=lambda one: (one == UNKNOWN, one))
    first, second = (words.segment(one) for one in axis.attributes)
    named = [
        [words.value(axis.attributes[at], one) for one in heads]
        for at, heads in enumerate((rows, columns))
    ]
    return heat_chart(
        named[0],
        named[1],
        [
            [_cell(groups.get((r, c)), earlier.get((r, c)), axis, basis, scale) for c in columns]
            for r in rows
        ],
        title=f"Selection rate by {first} and {second}",
        corner=f"{first} ↓ {second} →",
        keys=_keys(scale),
    )


def _what(shows: Shows) -> str:
    if shows == "ratio":
        return "Selection rate of each group by that of the most selected one. Fuller colour: further below it."
    return "Selection rate of each group. Fuller colour: more often selected."


def _note(hidden: int) -> str:
    if not hidden:
        return "A group may be treated differently where two segments meet, though neither shows it alone."
    return f"{formats.plural(hidden, 'group')} hatched: too few to be shown, or telling of those that are."


def _selection(group: Group) -> Figure | None:
    found = None if group.hidden else figure_of(group, "selection_rate")
    return None if found is None or found.hidden else found


def _cell(
    group: Group | None, earlier: Group | None, axis: Axis, basis: str, scale: Scale
) -> HeatCell:
    if group is None:
        return HeatCell(formats.NONE, tip="No decisions")
    figure = _selection(group)
    label = words.group(group.name, axis.attributes)
    if figure is None:
        return HeatCell("hidden", hidden=True, tip=f"{label}\n{words.NOT_SHOWN}")
    shown = figure.compared if scale.shows == "ratio" else figure.value
    if shown is None:
        return HeatCell(formats.NONE, tip=f"{label}\nNothing to be a share of")
    many = f"n {weight(figure.number or 0.0)}"
    was = _selection(earlier) if earlier else None
    if was is not None and was.value is not None:
        many += f" · machine {formats.percent(was.value, 0)}"
    text = formats.figure(shown, 2) if scale.shows == "ratio" else formats.percent(shown, 0)
    return HeatCell(text, scale.level(figure), many, tip(label, "selection_rate", basis, figure))


def _keys(scale: Scale) -> Sequence[HeatKey]:
    few = HeatKey(None, f"no colour: fewer than {scale.least} decisions, not judged")
    if scale.shows == "ratio":
        top, low = "1.00, the most selected group", f"{LOWEST:.2f} or less"
        return [HeatKey(0, top), HeatKey(5, low), few]
    if scale.low == scale.high:
        return [few]
    ends = [(0, scale.low), (5, scale.high)]
    return [*(HeatKey(level, formats.percent(rate, 0)) for level, rate in ends), few]


def _sheet(name: str, by: Mapping[str, Axis]) -> Sheet:
    first = next(iter(by.values()))
    columns = (
        *(SheetColumn(words.segment(one)) for one in first.attributes),
        SheetColumn("By"),
        SheetColumn("n", "count"),
        SheetColumn("Selection rate", "share"),
        SheetColumn("Low", "share"),
        SheetColumn("High", "share"),
        SheetColumn("Ratio to the highest", "number"),
        SheetColumn("State"),
    )
    rows = tuple(
        _line(group, axis.attributes, basis) for basis, axis in by.items() for group in axis.groups
    )
    return Sheet(name, f"Selection rates by {words.axis(first.attributes)}", columns, rows)


def _line(group: Group, attributes: Name, basis: str) -> tuple[Value, ...]:
    named = [words.value(of, one) for of, one in zip(attributes, group.name, strict=True)]
    figure, told = _selection(group), words.BASES[basis]
    if figure is None:
        return (*named, told, None, None, None, None, None, words.NOT_SHOWN)
    state = words.STATES.get(figure.state)
    figures = (figure.number, figure.value, figure.low, figure.high, figure.compared)
    return (*named, told, *figures, state.text if state else "")
