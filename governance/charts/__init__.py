"""The geometry of the server-drawn charts: numbers in, finished places and texts out.

Horizontal places (`x`, `width`, `tip` …) are per cent of the plot, 0 to 100; vertical ones (`y`,
`height`) are pixels. A chart thus follows the width of its column while its text keeps its size,
with no script. Templates place these values and calculate nothing. No framework is imported here.
"""

from governance.charts.bars import Bars, Length, bars
from governance.charts.capital import CapitalChart, Level, Spot, capital_chart, times
from governance.charts.diverging import Diverging, Reach, diverging
from governance.charts.scale import Mark, Part, Tick, number, signed
from governance.charts.small import Meter, Sparkline, meter, sparkline
from governance.charts.swarm import Case, Dots, SwarmChart, SwarmRow, swarm_chart
from governance.charts.waterfall import Bar, Dot, Joint, Waterfall, waterfall

__all__ = [
    "Bar",
    "Bars",
    "CapitalChart",
    "Case",
    "Diverging",
    "Dot",
    "Dots",
    "Joint",
    "Length",
    "Level",
    "Mark",
    "Meter",
    "Part",
    "Reach",
    "Sparkline",
    "Spot",
    "SwarmChart",
    "SwarmRow",
    "Tick",
    "Waterfall",
    "bars",
    "capital_chart",
    "diverging",
    "meter",
    "number",
    "signed",
    "sparkline",
    "swarm_chart",
    "times",
    "waterfall",
]
