"""Figures of a window of decisions, pure: arithmetic on counts, judged by a policy. No framework."""

from fairness.figures.contract import (
    BASES,
    Axis,
    Basis,
    Figure,
    Figures,
    Gap,
    Group,
    Mean,
    Name,
    number,
)
from fairness.figures.scoring import ScoreGroup, Scores, exactly, scores
from fairness.figures.window import axes_of, figures

__all__ = [
    "BASES",
    "Axis",
    "Basis",
    "Figure",
    "Figures",
    "Gap",
    "Group",
    "Mean",
    "Name",
    "ScoreGroup",
    "Scores",
    "axes_of",
    "exactly",
    "figures",
    "number",
    "scores",
]
