"""Decisions: what their makers state, and recording it once."""

from audit.decisions.admission import ACT
from audit.decisions.form import DecisionIn
from audit.decisions.recording import Recorded, record, record_each, record_many, repeat_of

__all__ = ["ACT", "DecisionIn", "Recorded", "record", "record_each", "record_many", "repeat_of"]
