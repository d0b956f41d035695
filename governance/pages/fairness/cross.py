"""Two segments crossed: a heat map of selection rates, or of their ratios to the highest one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

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
class CrossPart:
    title: str
    what: str
    chart: HeatChart
    shows: tuple[Tab, ...]
    sheet: Sheet
    csv: str
    note: str


def cross_part(
    axis: Axis,
    asked: Asked,
    *,
    basis: str,
    attributes: Name,
    tabs: Sequence[Tab],
    least: int,
    name: str = "cross",
) -> CrossPart | None:
    """Of an axis of two attributes; None where it has no group. ``attributes``: whose page it is on;
    ``least``: fewer decisions are told but not coloured, for they are not judged."""
    if not axis.groups or len(axis.attributes) != 2:
        return None
    by_name = {group.name: group for group in axis.groups}
    rows, columns = (sorted({one[at] for one in by_name}) for at in (0, 1))
    shows: Shows = "ratio" if asked.heat == "ratio" else "rate"
    seen = [_selection(group) for group in axis.groups]
    values = [
        one.value
        for one in seen
        if one is not None and one.value is not None and (one.number or 0.0) >= least
    ]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    cells = [
        [_cell(by_name.get((row, column)), basis, shows, low, high, least) for column in columns]
        for row in rows
    ]
    first, second = (words.segment(one) for one in axis.attributes)
    named = [
        [words.value(axis.attributes[at], one) for one in heads]
        for at, heads in enumerate((rows, columns))
    ]
    chart = heat_chart(
        named[0],
        named[1],
        cells,
        title=f"Selection rate by {first} and {second}",
        corner=f"{first} ↓ {second} →",
        keys=_keys(shows, low, high, least),
    )
    return CrossPart(
        title=words.axis(axis.attributes),
        what=_what(shows),
        chart=chart,
        shows=tuple(tabs),
        sheet=_sheet(name, axis, basis),
        csv=links.sheet_url(asked, attributes, name),
        note=_note(chart.hidden),
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
    group: Group | None, basis: str, shows: Shows, low: float, high: float, least: int
) -> HeatCell:
    if group is None:
        return HeatCell(formats.NONE, tip="No decisions")
    figure = _selection(group)
    label = words.group(group.name)
    if figure is None:
        return HeatCell("hidden", hidden=True, tip=f"{label}\n{words.NOT_SHOWN}")
    if figure.value is None or (shows == "ratio" and figure.compared is None):
        return HeatCell(formats.NONE, tip=f"{label}\nNothing to be a share of")
    told = tip(label, "selection_rate", basis, figure)
    many, few = f"n {weight(figure.number or 0.0)}", (figure.number or 0.0) < least
    if shows == "ratio" and figure.compared is not None:
        level = heat_level(1.0 - figure.compared, 0.0, 1.0 - LOWEST)
        return HeatCell(formats.figure(figure.compared, 2), None if few else level, many, told)
    level = heat_level(figure.value, low, high) if low < high else 0
    return HeatCell(formats.percent(figure.value, 0), None if few else level, many, told)


def _keys(shows: Shows, low: float, high: float, least: int) -> Sequence[HeatKey]:
    few = HeatKey(None, f"no colour: fewer than {least} decisions, not judged")
    if shows == "ratio":
        return [
            HeatKey(0, "1.00, the most selected group"),
            HeatKey(5, f"{LOWEST:.2f} or less"),
            few,
        ]
    ends = [HeatKey(0, formats.percent(low, 0)), HeatKey(5, formats.percent(high, 0))]
    return [*ends, few] if low < high else [few]


def _sheet(name: str, axis: Axis, basis: str) -> Sheet:
    columns = (
        *(SheetColumn(words.segment(one)) for one in axis.attributes),
        SheetColumn("By"),
        SheetColumn("n", "count"),
        SheetColumn("Selection rate", "share"),
        SheetColumn("Low", "share"),
        SheetColumn("High", "share"),
        SheetColumn("Ratio to the highest", "number"),
        SheetColumn("State"),
    )
    rows: list[tuple[Value, ...]] = []
    for group in axis.groups:
        figure, told = _selection(group), words.BASES[basis]
        if figure is None:
            rows.append((*group.name, told, None, None, None, None, None, words.NOT_SHOWN))
            continue
        state = words.STATES.get(figure.state)
        figures = (figure.number, figure.value, figure.low, figure.high, figure.compared)
        rows.append((*group.name, told, *figures, state.text if state else ""))
    return Sheet(name, f"Selection rates by {words.axis(axis.attributes)}", columns, tuple(rows))
