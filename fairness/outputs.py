"""What a version said, week by week, as features are: its labels and its scores, out of the cells.

Nobody hands over what its outputs should look like, so its first four weeks are the reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, LiteralString

import numpy as np

from audit.binary import rows
from fairness.cells import WEEK
from fairness.derivation import BINS, WHOLE
from fairness.policy import Score

REFERENCE_WEEKS: Final = 4
LABEL: Final = "output.label"
SCORE: Final = "output.score"

Counted = list[tuple[int, str, float, float]]
"""Code, name, how many, and the sum of their values."""

_LABELS: Final[LiteralString] = f"""
SELECT {WEEK} AS week, 0, coalesce(w.text, ''), sum(c.weight)::float8 / %b, 0::float8
FROM fairness_cell c LEFT JOIN fairness_word w ON w.id = c.label
WHERE c.version = %b AND c.label <> 0 GROUP BY 1, 3 ORDER BY 1, 3"""  # noqa: S608
# A histogram's first count is of what lies below its edges.
_SCORES: Final[LiteralString] = """
SELECT week, bin + 1, '', sum(weight)::float8 / %b, sum(score)::float8 / %b
FROM fairness_scorecell WHERE version = %b GROUP BY 1, 2 ORDER BY 1, 2"""


def outputs(version: int, scale: Score) -> list[tuple[dict[str, Any], dict[date, Counted]]]:
    """The reference of labels and of scores, each with the weeks after it. Without weeks none."""
    found = [
        _split(_by_week(rows(_LABELS, [float(WHOLE), version]))),
        _split(_by_week(rows(_SCORES, [float(WHOLE), float(WHOLE), version]))),
    ]
    (labels, later_labels), (scores, later_scores) = found
    made: list[tuple[dict[str, Any], dict[date, Counted]]] = []
    if labels:
        made.append((_categories(labels), later_labels))
    if scores:
        made.append((_histogram(scores, scale), later_scores))
    return made


def _by_week(found: Sequence[tuple[Any, ...]]) -> dict[date, Counted]:
    by_week: dict[date, Counted] = defaultdict(list)
    for week, *counted in found:
        by_week[week].append((counted[0], counted[1], counted[2], counted[3]))
    return dict(by_week)


def _split(weeks: dict[date, Counted]) -> tuple[Counted, dict[date, Counted]]:
    """What the first weeks with any decision had, and the later ones."""
    first = sorted(weeks)[:REFERENCE_WEEKS]
    return [one for week in first for one in weeks[week]], {
        week: counted for week, counted in weeks.items() if week not in first
    }


def _categories(counted: Counted) -> dict[str, Any]:
    categories: dict[str, float] = defaultdict(float)
    for _, name, many, _ in counted:
        categories[name] += many
    return {"name": LABEL, "kind": "category", "categories": dict(categories), "missing": 0}


def _histogram(counted: Counted, scale: Score) -> dict[str, Any]:
    counts, sums = np.zeros(BINS + 2), np.zeros(BINS + 2)
    for code, _, many, total in counted:
        counts[code] += many
        sums[code] += total
    edges = np.linspace(scale.low, scale.high, BINS + 1)
    return {
        "name": SCORE,
        "kind": "number",
        "edges": edges.tolist(),
        "counts": counts.tolist(),
        "sums": sums.tolist(),
        "missing": 0,
    }
