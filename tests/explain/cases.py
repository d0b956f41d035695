"""Data and fitted models that the tests of this app share."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

GERMAN = Path(__file__).parents[2] / "governance/demo/german_credit.csv"

# Each family with whether it takes missing numbers itself; the others are given an imputer.
FAMILIES: dict[str, tuple[Any, bool]] = {
    "gradient boosting": (GradientBoostingClassifier(n_estimators=15, random_state=0), False),
    "gradient boosting, exponential loss": (
        GradientBoostingClassifier(n_estimators=15, loss="exponential", random_state=0),
        False,
    ),
    "histogram boosting": (
        HistGradientBoostingClassifier(max_iter=15, min_samples_leaf=5, random_state=0),
        True,
    ),
    "random forest": (
        RandomForestClassifier(15, max_depth=6, n_jobs=2, random_state=0),
        True,
    ),
    "extra trees": (ExtraTreesClassifier(15, max_depth=6, random_state=0), True),
    "decision tree": (DecisionTreeClassifier(max_depth=10, random_state=0), True),
    "logistic regression": (LogisticRegression(max_iter=500), False),
}


def applicants(rows: int = 240) -> tuple[pd.DataFrame, pd.Series]:
    """Made-up applicants: missing numbers and texts, a truth value, a constant and a duplicate."""
    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "income": random.lognormal(3, 0.5, rows),
            "purpose": random.choice(["car", "house", "study"], rows),
            "debts": random.integers(0, 4, rows),
            "member": random.choice([True, False], rows),
            "constant": 1.5,
        }
    )
    frame["income again"] = frame["income"]
    frame.loc[::7, "income"] = np.nan
    frame.loc[::11, "purpose"] = None
    risk = frame["debts"] + (frame["purpose"] == "car") - frame["income"].fillna(10) / 20
    good = risk + random.normal(0, 0.5, rows) < 1
    return frame, good.map({True: "good", False: "bad"})


def preparation(takes_missing: bool) -> ColumnTransformer:
    numbers: Any = "passthrough"
    if not takes_missing:
        numbers = Pipeline(
            [("fill", SimpleImputer(add_indicator=True)), ("scale", StandardScaler())]
        )
    ordinal = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        encoded_missing_value=np.nan if takes_missing else -2,
    )
    return ColumnTransformer(
        [
            ("numbers", numbers, ["income", "income again"]),
            ("one-hot", OneHotEncoder(handle_unknown="ignore"), ["purpose", "member"]),
            ("ordinal", ordinal, ["purpose"]),
            ("as is", "passthrough", ["debts", "constant"]),
        ]
    )


@cache
def fitted(family: str) -> tuple[Pipeline, pd.DataFrame]:
    """A pipeline of that family fitted on the applicants, and the applicants. Made once: do not
    change either."""
    frame, label = applicants()
    estimator, takes_missing = FAMILIES[family]
    model = Pipeline([("prepare", preparation(takes_missing)), ("decide", estimator)])
    return model.fit(frame, label), frame


def german() -> tuple[pd.DataFrame, pd.Series]:
    """The German Credit applications and whether each was repaid."""
    frame = pd.read_csv(GERMAN, keep_default_na=False)
    return frame.drop(columns="repaid"), frame["repaid"]


def one_hot(frame: pd.DataFrame) -> ColumnTransformer:
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer([("texts", encoder, texts)], remainder="passthrough")
