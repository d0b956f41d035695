"""The report of a sweep, added up batch by batch in bounded memory. Plain Python.

Differences are counted in bins a fiftieth of a decade wide, so that a quantile is right to 2.4 % of its value however
many decisions there are; the largest and the mean are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from math import floor, log10
from typing import Any

from explain.replay.verdicts import Verdict

BINS_PER_DECADE = 50
# Smaller differences are rounding of the last digits of a float64 and count as none.
LEAST = 1e-15
QUANTILES = (0.5, 0.9, 0.95, 0.99)
# Upper edges of the histogram's bars; the first is the tolerance of a match.
EDGES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)


@dataclass(frozen=True, slots=True)
class Item:
    """One decision of a batch: its entry, the day it was decided on, and what the replay says."""

    entry_id: str
    day: date
    verdict: Verdict


@dataclass
class Tally:
    """Counts so far. bins: how many absolute differences per bin, by the bin's number as text; days: match, drift and
    cannot by day; first: entries of the first decisions that drifted, and of the first per cause."""

    match: int = 0
    drift: int = 0
    cannot: int = 0
    flipped: int = 0
    compared: int = 0
    none: int = 0
    total: float = 0.0
    largest: float = 0.0
    above: int = 0
    below: int = 0
    bins: dict[str, int] = field(default_factory=dict)
    bars: list[int] = field(default_factory=lambda: [0] * (len(EDGES) + 1))
    causes: dict[str, int] = field(default_factory=dict)
    days: dict[str, list[int]] = field(default_factory=dict)
    first: dict[str, list[str]] = field(default_factory=dict)

    @property
    def decisions(self) -> int:
        return self.match + self.drift + self.cannot

    def add(self, items: Iterable[Item], *, examples: int = 20) -> None:
        for item in items:
            verdict = item.verdict
            setattr(self, verdict.state, getattr(self, verdict.state) + 1)
            self.flipped += verdict.flipped
            day = self.days.setdefault(item.day.isoformat(), [0, 0, 0])
            day[("match", "drift", "cannot").index(verdict.state)] += 1
            if verdict.cause:
                self.causes[verdict.cause] = self.causes.get(verdict.cause, 0) + 1
            if verdict.state != "match":
                shown = self.first.setdefault(verdict.cause or "drift", [])
                if len(shown) < examples:
                    shown.append(item.entry_id)
            if verdict.difference is not None:
                self._measure(verdict.difference)

    def _measure(self, difference: float) -> None:
        size = abs(difference)
        self.compared += 1
        self.total += difference
        self.largest = max(self.largest, size)
        self.bars[sum(size > edge for edge in EDGES)] += 1
        if size < LEAST:
            self.none += 1
            return
        self.above += difference > 0
        self.below += difference < 0
        name = str(floor(log10(size) * BINS_PER_DECADE))
        self.bins[name] = self.bins.get(name, 0) + 1

    def quantile(self, share: float) -> float | None:
        """The absolute difference that ``share`` of the decisions do not exceed; None when none was compared."""
        if not self.compared:
            return None
        wanted = share * self.compared
        passed = self.none
        if passed >= wanted:
            return 0.0
        for name in sorted(self.bins, key=int):
            passed += self.bins[name]
            if passed >= wanted:
                return float(10 ** ((int(name) + 0.5) / BINS_PER_DECADE))
        return self.largest

    @property
    def mean(self) -> float | None:
        return self.total / self.compared if self.compared else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Tally:
        return cls(**stored)


def report(tally: Tally) -> dict[str, Any]:
    """The figures of a finished sweep as they go into the log: nothing of one person but the entry ids."""
    return {
        "decisions": tally.decisions,
        "match": tally.match,
        "drift": tally.drift,
        "cannot": tally.cannot,
        "label_flips": tally.flipped,
        "causes": dict(sorted(tally.causes.items())),
        "differences": {
            "compared": tally.compared,
            "mean": tally.mean,
            "largest": tally.largest,
            "above": tally.above,
            "below": tally.below,
            "quantiles": {f"{share:g}": tally.quantile(share) for share in QUANTILES},
            "histogram": [
                {"up_to": edge, "decisions": many}
                for edge, many in zip((*EDGES, None), tally.bars, strict=True)
            ],
        },
        "days": [
            {"day": day, "match": counts[0], "drift": counts[1], "cannot": counts[2]}
            for day, counts in sorted(tally.days.items())
        ],
        "first": {name: list(ids) for name, ids in sorted(tally.first.items())},
    }
