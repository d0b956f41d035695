"""A scikit-learn pipeline taken apart for the search: its columns prepared once, its estimator asked alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from explain.attribution.assembly import PipelineExplainer
from explain.attribution.margins import position_of, probability
from explain.pipelines import as_matrix
from explain.recourse.space import Floats, Ints, Prepared


class PreparedPipeline:
    """``explain.pipelines.split`` has checked that each of its columns comes from one raw feature."""

    def __init__(self, explainer: PipelineExplainer) -> None:
        self._schema, self._parts = explainer.schema, explainer.parts
        self._sources = np.asarray(explainer.parts.sources)
        self._position = position_of(explainer.parts.estimator, explainer.positive_class)

    def table(self, frame: pd.DataFrame) -> Floats:
        return as_matrix(self._parts.prepare(self._schema.frame(frame)))

    def columns(self, feature: str) -> Ints:
        return np.flatnonzero(self._sources == self._parts.features.index(feature))

    def probability(self, table: Floats) -> Floats:
        return probability(self._parts.estimator, table, self._position)


def taken_apart(explainer: Any) -> Prepared | None:
    """The explainer's model taken apart; None where it is no pipeline, or its estimator wants another container
    than an array."""
    if not isinstance(explainer, PipelineExplainer):
        return None
    names = getattr(explainer.parts.estimator, "feature_names_in_", None)
    return None if names is not None else PreparedPipeline(explainer)
