"""Making the table: from a database's cells, or from decisions one by one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from fairness.counts.table import ABSENT, SUMS, Counts, summed


def of_cells(
    segments: Mapping[str, ArrayLike],
    predicted: ArrayLike,
    actual: ArrayLike,
    weight: ArrayLike,
    *,
    bins: ArrayLike | None = None,
    **sums: ArrayLike,
) -> Counts:
    """The table of cells as a database gives them, (cells,) each; equal cells are added up.

    segments: per attribute the level of each cell.
    sums:     ``squares``, ``scored``, ``score``, ``score_squares`` as in Counts. Without them the
              weights are whole counts, and there are no scores.
    Raises TypeError for a sum of another name, ValueError as Counts does.
    """
    if unknown := set(sums) - set(SUMS[1:]):
        raise TypeError(f"no such sums: {', '.join(sorted(unknown))}")
    weights = np.asarray(weight, dtype=float)
    levels, codes = [], np.zeros((len(weights), len(segments)), dtype=np.int64)
    for at, values in enumerate(segments.values()):
        found, codes[:, at] = np.unique(np.asarray(values, dtype=str), return_inverse=True)
        levels.append(tuple(found.tolist()))
    binned = np.full(len(weights), ABSENT) if bins is None else np.asarray(bins)
    keys = np.column_stack([codes, np.asarray(predicted), np.asarray(actual), binned])
    given = {"squares": weights} | {name: np.asarray(one, float) for name, one in sums.items()}
    nothing = np.zeros(len(weights))
    full = {"weight": weights} | {name: given.get(name, nothing) for name in SUMS[1:]}
    return summed(tuple(segments), tuple(levels), keys.astype(np.int64), full)


def of_rows(
    segments: Mapping[str, ArrayLike],
    predicted: ArrayLike,
    actual: ArrayLike,
    *,
    scores: ArrayLike | None = None,
    bins: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Counts:
    """The cells of decisions given one by one, all (rows,): labels 0 or 1, ``actual`` also ABSENT.

    scores:  a score each, NaN where there is none.
    bins:    the score's bin (``fairness.scores.bin_of``), ABSENT where there is none.
    weights: of probabilistic segments the row's probability; 1 where nothing is given.
    """
    rows = len(np.asarray(predicted))
    weight = np.ones(rows) if weights is None else np.asarray(weights, dtype=float)
    score = np.full(rows, np.nan) if scores is None else np.asarray(scores, dtype=float)
    here = ~np.isnan(score)
    score = np.where(here, score, 0.0)
    return of_cells(
        segments,
        predicted,
        actual,
        weight,
        bins=bins,
        squares=weight**2,
        scored=weight * here,
        score=weight * score,
        score_squares=weight * score**2,
    )
