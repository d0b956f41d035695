"""What is said of a window: plain values, ready to be stored and shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from fairness.counts import Floats

Basis = Literal["machine", "effective"]
Name = tuple[str, ...]
BASES: Final[tuple[Basis, ...]] = ("machine", "effective")


@dataclass(frozen=True, slots=True)
class Figure:
    """A rate of a group. ``value`` is None where there is nothing it could be a share of.

    number:    decisions it is of (by weight); effective: what they are worth as evidence (Kish).
    low, high: its interval; p: of the group's rate being that of everybody else, adjusted.
    compared:  what the state is judged by: of the selection rate its ratio to the most selected
               group's, of other rates the difference to everybody else's; None where there is none.
    needed:    of insufficient evidence, about how many decisions of the group it would take.
    hidden:    it is of too few decisions to be shown; then nothing else is told.
    """

    metric: str
    number: float | None
    effective: float | None
    value: float | None
    low: float | None
    high: float | None
    method: str
    p: float | None = None
    compared: float | None = None
    compared_low: float | None = None
    compared_high: float | None = None
    state: str = ""
    needed: int | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its interval; ``number`` by weight."""

    metric: str
    number: float
    value: float | None
    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group of an axis: ``name`` has one value per attribute, in the axis' order."""

    name: Name
    decisions: float | None
    labelled: float | None
    figures: tuple[Figure, ...]
    means: tuple[Mean, ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """How far the groups of an axis are apart, by one of Fairlearn's measures."""

    measure: str
    number: float
    value: float | None
    low: float | None
    high: float | None
    method: str
    state: str
    needed: int | None


@dataclass(frozen=True, slots=True)
class Axis:
    """Groups of one attribute, or of several together. ``hidden`` groups are not part of its gaps."""

    attributes: Name
    groups: tuple[Group, ...]
    gaps: tuple[Gap, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A window by one basis: by the machine's label, or by the one that held after review."""

    basis: Basis
    decisions: float
    labelled: float
    coverage: float | None
    overall: Group
    axes: tuple[Axis, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state there is, of groups and of gaps."""
        gaps = [gap.state for axis in self.axes for gap in axis.gaps]
        of_groups = [
            one.state for axis in self.axes for group in axis.groups for one in group.figures
        ]
        return (*gaps, *of_groups)


def number(value: float | Floats) -> float | None:
    """None for what is not a number, or endless: JSON has neither."""
    plain = float(value)
    return plain if np.isfinite(plain) else None
