"""The floor's tables, private to it."""

from fairness.models.counted import (
    Cell,
    Decided,
    Fact,
    Report,
    ScoreCell,
    Statement,
    Stratum,
    Version,
    Word,
)
from fairness.models.features import Coded, DriftLook, FeatureCell, Reference
from fairness.models.stated import Policy, Redo
from fairness.models.watched import Alert, Batch, Retraining, Run, Step, Stream, Watch

__all__ = [
    "Alert",
    "Batch",
    "Cell",
    "Coded",
    "Decided",
    "DriftLook",
    "Fact",
    "FeatureCell",
    "Policy",
    "Redo",
    "Reference",
    "Report",
    "Retraining",
    "Run",
    "ScoreCell",
    "Statement",
    "Step",
    "Stratum",
    "Stream",
    "Version",
    "Watch",
    "Word",
]
