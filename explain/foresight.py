"""What a policy would have explained of the newest decisions: said before it is set. Web-safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit.queries import DecisionFilter, DecisionRow, decisions
from explain.backfill import favourable
from explain.policies import RULES, drawn, specifications
from explain.specification import Specification

PAGE: Final = 200
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Foresight:
    """Of the newest ``n`` decisions that have a profile, back to ``since``, how many each rule explains; ``unprofiled``
    more were looked at, which no rule can explain. ``all_there_are``: there are no older ones."""

    n: int
    since: datetime | None
    unprofiled: int
    explained: Mapping[str, int]
    all_there_are: bool


def foresee(use_case: str, *, rate: float, seed: int, most: int = MOST) -> Foresight:
    """Over at most ``most`` decisions, newest decided first. The sample is the one that would be drawn."""
    rows, complete = _newest(use_case, most)
    specs = specifications({row.model_ref for row in rows})
    known = [row for row in rows if row.model_ref in specs]
    return Foresight(
        n=len(known),
        since=rows[-1].decided_at if rows else None,
        unprofiled=len(rows) - len(known),
        explained={rule: _explained(rule, known, specs, rate, seed) for rule in RULES},
        all_there_are=complete,
    )


def _newest(use_case: str, most: int) -> tuple[list[DecisionRow], bool]:
    found: list[DecisionRow] = []
    cursor = None
    while len(found) < most:
        page = decisions(DecisionFilter([use_case]), cursor, min(PAGE, most - len(found)))
        found += page.results
        cursor = page.next
        if cursor is None:
            return found, True
    return found, False


def _explained(
    rule: str,
    rows: list[DecisionRow],
    specs: Mapping[str, Specification],
    rate: float,
    seed: int,
) -> int:
    if rule == "adverse":
        return sum(not favourable(row, specs) for row in rows)
    if rule == "sample":
        return sum(drawn(row.entry_id, rate=rate, seed=seed) for row in rows)
    return len(rows) if rule == "all" else 0
