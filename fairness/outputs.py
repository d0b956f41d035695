"""What a version said, week by week, as features are: its labels and its scores, out of the cells.

Nobody hands over what its outputs should look like, so its first four weeks are the reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
SELECT c.version, {WEEK} AS week, 0, coalesce(w.text, ''), sum(c.weight)::float8 / %b, 0::float8
FROM fairness_cell c LEFT JOIN fairness_word w ON w.id = c.label
WHERE c.version = ANY (%b::int[]) AND c.label <> 0 GROUP BY 1, 2, 4 ORDER BY 1, 2, 4"""  # noqa: S608
# A histogram's first count is of what lies below its edges.
_SCORES: Final[LiteralString] = """
SELECT version, week, bin + 1, '', sum(weight)::float8 / %b, sum(score)::float8 / %b
FROM fairness_scorecell WHERE version = ANY (%b::int[]) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


def outputs(
    scales: Mapping[int, Score],
) -> dict[int, list[tuple[dict[str, Any], dict[date, Counted]]]]:
    """By version, whose scale of scores is given: the reference of labels and of scores, each with
    the weeks after it. A version that said nothing is left out."""
    versions, whole = list(scales), float(WHOLE)
    labels = _by_week(rows(_LABELS, [whole, versions]))
    scores = _by_week(rows(_SCORES, [whole, whole, versions]))
    made: dict[int, list[tuple[dict[str, Any], dict[date, Counted]]]] = defaultdict(list)
    for version, weeks in labels.items():
        first, later = _split(weeks)
        made[version].append((_categories(first), later))
    for version, weeks in scores.items():
        first, later = _split(weeks)
        made[version].append((_histogram(first, scales[version]), later))
    return dict(made)


def _by_week(found: Sequence[tuple[Any, ...]]) -> dict[int, dict[date, Counted]]:
    by_week: dict[int, dict[date, Counted]] = defaultdict(lambda: defaultdict(list))
    for version, week, *counted in found:
        by_week[version][week].append((counted[0], counted[1], counted[2], counted[3]))
    return by_week


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
