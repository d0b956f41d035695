"""Single cases as dots, a row for each feature: the beeswarm. What a place means is the page's to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from governance.charts.scale import FOOT, ROW, Scale, Tick, scale_over

COLUMNS: Final = 110
"""Dots whose places fall into the same of so many columns would cover each other, and are moved apart."""
LANE: Final = 3.0
"""Pixels from one lane to the next."""
REACH: Final = 11.0
"""Pixels that a dot may lie above or below the middle of its row."""


@dataclass(frozen=True, slots=True)
class Dots:
    """Dots of one colour, as the path of an SVG 1000 wide and as high as the chart: each a point of no length, which
    round caps make a dot. ``kind`` names the colour."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class SwarmRow:
    label: str
    y: float
    dots: tuple[Dots, ...]


@dataclass(frozen=True, slots=True)
class SwarmChart:
    height: int
    bottom: int
    zero: float
    rows: tuple[SwarmRow, ...]
    ticks: tuple[Tick, ...]
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Case:
    """A dot to be: its value, and the colour it gets."""

    value: float
    kind: str


def swarm_chart(
    rows: Sequence[tuple[str, Sequence[Case]]], *, title: str, summary: str
) -> SwarmChart:
    """Lay out the rows (label, cases) in the order given, zero always on the scale. The same cases in the same order
    give the same picture: nothing is drawn by lot. Raises ValueError for a value that is not finite."""
    scale = scale_over([0.0, *(case.value for _, cases in rows for case in cases)])
    bottom = len(rows) * ROW
    return SwarmChart(
        height=bottom + FOOT,
        bottom=bottom,
        zero=scale.at(0),
        rows=tuple(_row(label, cases, at, scale) for at, (label, cases) in enumerate(rows)),
        ticks=scale.ticks(),
        title=title,
        summary=summary,
    )


def _row(label: str, cases: Sequence[Case], at: int, scale: Scale) -> SwarmRow:
    middle = at * ROW + ROW / 2
    paths: dict[str, list[str]] = {}
    for case, offset in zip(cases, _offsets(cases, scale), strict=True):
        x, y = round(10 * scale.at(case.value)), round(middle + offset, 1)
        paths.setdefault(case.kind, []).append(f"M{x} {y:g}h0")
    dots = tuple(Dots(kind, "".join(paths[kind])) for kind in sorted(paths))
    return SwarmRow(label, middle, dots)


def _offsets(cases: Sequence[Case], scale: Scale) -> list[float]:
    """How far from the middle each lies: the first of a column on it, the next ones above and below in turn, closer
    together where they would leave the row."""
    columns = [int(scale.at(case.value) * COLUMNS / 100) for case in cases]
    sizes = {column: columns.count(column) for column in set(columns)}
    met: dict[int, int] = {}
    found = []
    for column in columns:
        turn = met[column] = met.get(column, -1) + 1
        lanes = max(sizes[column] // 2, 1)
        lane = (turn + 1) // 2 * (1 if turn % 2 else -1)
        found.append(lane * min(LANE, REACH / lanes) + 0.0)
    return found
