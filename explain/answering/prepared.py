"""A scikit-learn pipeline taken apart for the search: its columns prepared once, its estimator asked alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from explain.attribution.assembly import PipelineExplainer
from explain.recourse.space import Floats, Ints, Prepared


class PreparedPipeline:
    """``explain.pipelines.split`` has checked that each of its columns comes from one raw feature."""

    def __init__(self, explainer: PipelineExplainer) -> None:
        self._explainer = explainer
        self._sources = np.asarray(explainer.parts.sources)

    def table(self, frame: pd.DataFrame) -> Floats:
        return self._explainer.enter(frame)

    def columns(self, feature: str) -> Ints:
        return np.flatnonzero(self._sources == self._explainer.parts.features.index(feature))

    def probability(self, table: Floats) -> Floats:
        return self._explainer.reading.output(table).score


def taken_apart(explainer: Any) -> Prepared | None:
    """The explainer's model taken apart; None where it can only be asked with raw rows."""
    return PreparedPipeline(explainer) if isinstance(explainer, PipelineExplainer) else None
