"""The table of counts that all figures are computed from."""

from fairness.counts.making import of_cells, of_rows
from fairness.counts.table import ABSENT, UNKNOWN, Booleans, Counts, Floats, Groups, Integers

__all__ = [
    "ABSENT",
    "UNKNOWN",
    "Booleans",
    "Counts",
    "Floats",
    "Groups",
    "Integers",
    "of_cells",
    "of_rows",
]
