"""The random rows of LIME's two modes.

Both use numpy's RandomState, whose stream is frozen for ever, so that a seed recorded with a
decision gives the same sample under any later version of numpy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import truncnorm

from explain.lime_batch.bins import Bins, Int32

Floats = NDArray[np.float64]

# The lime package adds this to every standard deviation.
SPREAD_FLOOR = 0.00000000001


def draw_empirical(training: pd.DataFrame, seed: int, size: int) -> pd.DataFrame:
    """Draw `size` rows, each feature by itself from its values in training.

    So each bin comes as often as in training, and every value is one that somebody really had.
    """
    random = np.random.RandomState(seed)
    columns = {}
    for name in training.columns:
        picked = random.randint(0, len(training), size)
        columns[name] = training[name].iloc[picked].reset_index(drop=True)
    return pd.DataFrame(columns)


def draw_compat(
    training: pd.DataFrame, bins: Sequence[Bins], seed: int, size: int
) -> tuple[pd.DataFrame, Int32]:
    """Draw `size` rows as lime 0.2.0.1 does for the same seed; return them and their bins.

    The package draws one row more and overwrites the first with the row to be explained. It fills
    bins from normal distributions cut off at the edges, and a bin that holds a single value comes
    out as 0, whatever that value is: its known fault, kept here so that the mode can be compared.
    Missing numbers, which the package cannot cut into bins, have a bin of their own here.
    """
    random = np.random.RandomState(seed)
    codes = np.empty((size, len(bins)), dtype=np.int32)
    for at, feature in enumerate(bins):
        seen = feature.codes(training[feature.name])
        values, counts = np.unique(seen, return_counts=True)
        drawn = random.choice(values, size=size + 1, replace=True, p=counts / float(counts.sum()))
        codes[:, at] = drawn[1:]
    columns = {
        feature.name: _values(feature, training[feature.name], codes[:, at], random)
        for at, feature in enumerate(bins)
    }
    return pd.DataFrame(columns), codes


def _values(feature: Bins, column: Any, codes: Int32, random: np.random.RandomState) -> Any:
    if feature.categories is None:
        return _normal_within(feature, column.to_numpy(), codes, random)
    meanings = np.empty(feature.missing + 1, dtype=object)
    meanings[:-1] = feature.categories
    meanings[-1] = np.nan
    return pd.Series(meanings[codes], dtype=object).astype(column.dtype)


def _normal_within(
    feature: Bins, column: Floats, codes: Int32, random: np.random.RandomState
) -> Floats:
    values = np.full(len(codes), np.nan)
    known = codes != feature.missing
    if known.any():
        values[known] = _normal_known(feature, column[~np.isnan(column)], codes[known], random)
    return values


def _normal_known(
    feature: Bins, column: Floats, codes: Int32, random: np.random.RandomState
) -> Floats:
    seen = feature.codes(column)
    mean, spread = np.zeros(feature.missing), np.full(feature.missing, SPREAD_FLOOR)
    for code in np.unique(seen):
        members = column[seen == code]
        mean[code] = members.mean()
        spread[code] += members.std()
    low = np.concatenate([[column.min()], feature.edges])
    high = np.concatenate([feature.edges, [column.max()]])
    lowest, highest = ((low - mean) / spread)[codes], ((high - mean) / spread)[codes]
    wide = lowest != highest
    values = lowest.copy()
    if wide.any():
        values[wide] = truncnorm.rvs(
            lowest[wide],
            highest[wide],
            loc=mean[codes][wide],
            scale=spread[codes][wide],
            random_state=random,
        )
    return np.asarray(values)
