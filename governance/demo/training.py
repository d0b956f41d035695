"""Trains the demonstration's model: gradient-boosted trees on one-hot coded applications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from governance.demo.applications import CATEGORIES, FEATURES, NUMBERS, Application

# Refuse when the estimated probability of default reaches this share.
THRESHOLD = 0.40
SEED = 7


def frame(rows: Sequence[Application]) -> pd.DataFrame:
    """The features of ``rows`` as the model sees them: one column per feature, categories as strings."""
    return pd.DataFrame([row.features for row in rows], columns=list(FEATURES))


def train(rows: Sequence[Application]) -> Pipeline:
    """A fitted pipeline whose class 1 is *not repaid*. The same rows give the same model."""
    model = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [
                        (
                            "categories",
                            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                            list(CATEGORIES),
                        ),
                        ("numbers", "passthrough", list(NUMBERS)),
                    ]
                ),
            ),
            (
                "trees",
                GradientBoostingClassifier(
                    n_estimators=120,
                    max_depth=3,
                    learning_rate=0.06,
                    subsample=0.8,
                    random_state=SEED,
                ),
            ),
        ]
    )
    return model.fit(frame(rows), [int(not row.repaid) for row in rows])


def artefact(model: Pipeline) -> bytes:
    """The model as a skops file: no pickle, so that loading it executes nothing."""
    content: Any = skops.io.dumps(model)
    return bytes(content)


def default_probabilities(model: Pipeline, rows: Sequence[Application]) -> list[float]:
    """For each row the model's probability of class 1, *not repaid*."""
    return [float(p) for p in model.predict_proba(frame(rows))[:, 1]]
