"""The oracle: Shapley values straight from the definition, over every coalition of raw features."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

Output = Callable[[pd.DataFrame], np.ndarray]


def margin(model: Any, positive: Any, frame: pd.DataFrame) -> np.ndarray:
    """The model's log-odds of `positive`, or its probability where it has no decision function."""
    side = 1 if list(model.classes_).index(positive) else -1
    if not hasattr(model, "decision_function"):
        return model.predict_proba(frame)[:, list(model.classes_).index(positive)]
    last = model[-1] if hasattr(model, "steps") else model
    scale = 2 if getattr(last, "loss", "") == "exponential" else 1
    return side * scale * model.decision_function(frame)


def coalition_values(output: Output, background: pd.DataFrame, row: pd.Series) -> np.ndarray:
    """v(S) for every S, (2^features,): features of S from the row, the others from the background."""
    features, rows = list(background.columns), len(background)
    coalitions = np.repeat(np.arange(1 << len(features)), rows)
    repeated = pd.concat([background] * (1 << len(features)), ignore_index=True)
    for at, name in enumerate(features):
        inside = (coalitions >> at & 1).astype(bool)
        column = repeated[name].copy()
        column[inside] = row[name]
        repeated[name] = column
    return output(repeated).reshape(-1, rows).mean(axis=1)


def shapley(
    model: Any, positive: Any, background: pd.DataFrame, rows: pd.DataFrame
) -> tuple[float, np.ndarray]:
    """Base and values (rows, features) of a model for two classes."""
    return shapley_of(lambda table: margin(model, positive, table), background, rows)


def shapley_of(
    output: Output, background: pd.DataFrame, rows: pd.DataFrame
) -> tuple[float, np.ndarray]:
    """Base and values (rows, features) of any output."""
    count = len(background.columns)
    subsets = np.arange(1 << count)
    sizes = np.array([bin(subset).count("1") for subset in subsets])
    values = np.empty((len(rows), count))
    for i in range(len(rows)):
        worth = coalition_values(output, background, rows.iloc[i])
        for j in range(count):
            without = subsets[subsets >> j & 1 == 0]
            weight = [factorial(s) * factorial(count - s - 1) for s in sizes[without]]
            gain = worth[without | 1 << j] - worth[without]
            values[i, j] = (np.array(weight) * gain).sum() / factorial(count)
    return float(output(background).mean()), values
