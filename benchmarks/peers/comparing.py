"""Group metrics of generated decisions: ours from the cells, Fairlearn's MetricFrame from the rows.

No Django and no database. All figures are processor time, one thread.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sklearn.metrics
from fairlearn import metrics as fairlearn
from numpy.typing import NDArray

from fairness.assessment import assess
from fairness.counts import Counts, of_rows
from fairness.intervals.bootstrap import REPLICATES, bootstrap
from fairness.metrics.disparities import NAMES, disparities
from fairness.metrics.frames import performance
from fairness.metrics.rates import RATES, Confusion

_SEX, _AGE = ("female", "male"), ("18-24", "25-34", "35-49", "50-64", "65+")
_PORTION = 1_000_000
_FUNCTIONS = {
    "selection_rate": fairlearn.selection_rate,
    "accuracy": sklearn.metrics.accuracy_score,
    "precision": sklearn.metrics.precision_score,
    "recall": sklearn.metrics.recall_score,
    "false_positive_rate": fairlearn.false_positive_rate,
    "false_negative_rate": fairlearn.false_negative_rate,
}


@dataclass
class _Rows:
    segments: dict[str, NDArray[np.str_]]
    predicted: NDArray[np.int64]
    actual: NDArray[np.int64]

    def counts(self) -> Counts:
        return of_rows(self.segments, self.predicted, self.actual)


_cells: Counts
_rows: _Rows
_frame: fairlearn.MetricFrame


def prepare(decisions: int, rows: int) -> dict[str, Any]:
    """Roll so many decisions up, in portions, and keep the first rows. Says what that took."""
    global _cells, _rows
    random = np.random.default_rng(1)
    spent, cells = 0.0, None
    for start in range(0, decisions, _PORTION):
        part = _drawn(random, min(_PORTION, decisions - start))
        begun = time.process_time()
        cells = part.counts() if cells is None else cells + part.counts()
        spent += time.process_time() - begun
        if not start:
            _rows = _Rows(
                {name: one[:rows] for name, one in part.segments.items()},
                part.predicted[:rows],
                part.actual[:rows],
            )
    assert cells is not None
    _cells = cells
    return {"cells": len(cells), "groups": len(_SEX) * len(_AGE), "rolled": decisions / spent}


def _drawn(random: np.random.Generator, many: int) -> _Rows:
    sex, age = random.integers(0, 2, many), random.choice(5, many, p=[0.1, 0.25, 0.3, 0.25, 0.1])
    score = random.beta(2, 2, many) - 0.02 * age + 0.03 * sex
    return _Rows(
        {"sex": np.array(_SEX)[sex], "age": np.array(_AGE)[age]},
        (score > 0.5).astype(np.int64),
        (random.random(many) < score).astype(np.int64),
    )


def from_cells(times: int) -> float:
    """Assessments a second: every rate and disparity with intervals and adjusted p-values."""
    begun = time.process_time()
    for _ in range(times):
        assess(_cells, "sex", "age")
    return times / (time.process_time() - begun)


def drawn_anew(times: int) -> float:
    """The same with a bootstrap of every rate and disparity, 2,000 replicates."""
    begun = time.process_time()
    for seed in range(times):
        assess(_cells, "sex", "age")
        bootstrap(Confusion.of(_cells, "sex", "age"), _everything, seed=seed, replicates=REPLICATES)
    return times / (time.process_time() - begun)


def _everything(confusion: Confusion) -> dict[str, Any]:
    return {name: confusion.rate(name).value for name in RATES} | vars(disparities(confusion))


def frame_on_cells(times: int) -> float:
    """What a stored run costs: Fairlearn's own MetricFrame on the cells."""
    begun = time.process_time()
    for _ in range(times):
        performance(_cells, "sex", "age")
    return times / (time.process_time() - begun)


def frame_on_rows() -> float:
    """MetricFrame on the rows: the rates, and their differences and ratios; without an interval."""
    global _frame
    begun = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _frame = fairlearn.MetricFrame(
            metrics=_FUNCTIONS,
            y_true=_rows.actual,
            y_pred=_rows.predicted,
            sensitive_features=pd.DataFrame(_rows.segments),
        )
        _frame.difference()
        _frame.ratio()
    return 1 / (time.process_time() - begun)


def agree() -> int:
    """How many figures of the cells of the rows equal the last MetricFrame's to the last bit.

    Raises AssertionError unless all do.
    """
    frame, found = _frame, assess(_rows.counts(), "sex", "age")
    same = 0
    for name in RATES:
        ours, theirs = found.rates[name].rate.value, frame.by_group[name].to_numpy(float)
        assert np.array_equal(ours, theirs, equal_nan=True), name
        assert found.rates[name].overall == frame.overall[name], name
        same += len(ours) + 1
    gaps = {"demographic_parity": "selection_rate", "equal_opportunity": "recall"}
    for gap, rate in gaps.items():
        assert found.disparities[f"{gap}_difference"][0] == frame.difference()[rate], gap
        assert found.disparities[f"{gap}_ratio"][0] == frame.ratio()[rate], gap
        same += 2
    assert set(NAMES) == set(found.disparities)
    return same
