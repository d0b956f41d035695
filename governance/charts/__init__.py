"""The geometry of the server-drawn charts: numbers in, finished places and texts out.

Horizontal places (`x`, `width`, `tip` …) are per cent of the plot, 0 to 100; vertical ones (`y`,
`height`) are pixels. A chart thus follows the width of its column while its text keeps its size,
with no script. Templates place these values and calculate nothing. No framework is imported here.
"""

from governance.charts.bars import Bars, Length, bars
from governance.charts.columns import Columns, Week, columns
from governance.charts.diverging import Diverging, Reach, diverging
from governance.charts.heat import (
    HeatCell,
    HeatChart,
    HeatKey,
    HeatRow,
    heat_chart,
    heat_level,
)
from governance.charts.histogram import Bin, Histogram, histogram
from governance.charts.intervals import Estimate, IntervalChart, Subject, interval_chart
from governance.charts.lines import Course, Flag, LinesChart, Spot, lines_chart
from governance.charts.scale import Mark, Part, Tick, number, signed
from governance.charts.small import Meter, Sparkline, meter, sparkline
from governance.charts.spreads import Spread, SpreadChart, spread_chart
from governance.charts.swarm import Case, Dots, SwarmChart, SwarmRow, swarm_chart
from governance.charts.waterfall import Bar, Dot, Joint, Waterfall, waterfall

__all__ = [
    "Bar",
    "Bars",
    "Bin",
    "Case",
    "Columns",
    "Course",
    "Diverging",
    "Dot",
    "Dots",
    "Estimate",
    "Flag",
    "HeatCell",
    "HeatChart",
    "HeatKey",
    "HeatRow",
    "Histogram",
    "IntervalChart",
    "Joint",
    "Length",
    "LinesChart",
    "Mark",
    "Meter",
    "Part",
    "Reach",
    "Sparkline",
    "Spot",
    "Spread",
    "SpreadChart",
    "Subject",
    "SwarmChart",
    "SwarmRow",
    "Tick",
    "Waterfall",
    "Week",
    "bars",
    "columns",
    "diverging",
    "heat_chart",
    "heat_level",
    "histogram",
    "interval_chart",
    "lines_chart",
    "meter",
    "number",
    "signed",
    "sparkline",
    "spread_chart",
    "swarm_chart",
    "waterfall",
]
