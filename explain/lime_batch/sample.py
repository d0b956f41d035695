"""One seeded sample, many explanations."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explain.attribution.contract import Shelf
from explain.lime_batch import kernels
from explain.lime_batch.bins import Bins, Int32, category_bins, quartile_bins
from explain.lime_batch.drawing import draw_compat, draw_empirical
from explain.rows import Rows, RowSchema

Floats = NDArray[np.float64]
Mode = Literal["lime-compat", "lime-empirical"]

# lime 0.2.0.1: kernel width 0.75 * sqrt(features); forward selection for up to six features;
# ridge penalties of the fit and of the fit that chooses features.
WIDTH = 0.75
FORWARD_UP_TO = 6
PENALTIES = (1.0, 0.01)
_SHELVED = "lime sample"


@dataclass(frozen=True)
class LimeResult:
    """Local linear models, one per row.

    features:         the features, in the order of the columns of `coefficients`.
    intercept:        (rows,).
    coefficients:     (rows, features); what being in the row's own bin of that feature adds to the
                      output, near the row; 0 for features that were not chosen.
    r2:               (rows,); the share of the output's variance near the row that the linear model
                      gives: its local fidelity. 1 where the output does not vary at all.
    local_prediction: (rows,); the linear model at the row itself.
    """

    features: tuple[str, ...]
    intercept: Floats
    coefficients: Floats
    r2: Floats
    local_prediction: Floats


@dataclass(frozen=True)
class LimeSample:
    """A sample scored by one model. Can be pickled.

    codes:    bins of the sampled rows, int32 (rows, features).
    output:   what the model gives them, (rows,).
    """

    schema: RowSchema
    bins: tuple[Bins, ...]
    codes: Int32
    output: Floats
    mode: Mode
    seed: int

    @classmethod
    def build(
        cls,
        predict: Callable[[pd.DataFrame], Floats],
        training: Rows,
        features: Sequence[str],
        *,
        categorical: Collection[str] = (),
        seed: int,
        mode: Mode = "lime-empirical",
        n: int = 5000,
        shelf: Shelf | None = None,
    ) -> "LimeSample":
        """Draw and score the sample: one call of `predict`.

        predict:     takes a table of raw features (rows, features), returns the output to be
                     explained, such as the probability of the positive class, (rows,); or several
                     of them, (rows, outputs), of which `of_output` picks one.
        training:    raw rows whose values and frequencies are sampled.
        categorical: features to be taken as categories; those that hold texts always are.
        mode:        "lime-empirical" samples values that training holds. "lime-compat" gives what
                     lime 0.2.0.1 gives with a fresh LimeTabularExplainer(random_state=seed) per
                     row, quartile bins and categories coded in sorted order, faults included.
        n:           size of the neighbourhood; the explained row is one of them.
        shelf:       where the scored sample is kept.
        Raises BadRows for ill-formed rows.
        """
        schema = RowSchema.of(training, features)
        frame = schema.frame(training)
        bins = tuple(
            quartile_bins(name, frame[name].to_numpy())
            if number and name not in categorical
            else category_bins(name, frame[name].to_numpy())
            for name, number in zip(schema.features, schema.numeric, strict=True)
        )
        kept = shelf.get(_SHELVED) if shelf else None
        if kept is None:
            kept = _scored(predict, frame, bins, seed, mode, n)
            if shelf:
                shelf.put(_SHELVED, kept)
        return cls(schema, bins, kept["codes"], kept["output"], mode, seed)

    def of_output(self, position: int) -> "LimeSample":
        """Return the sample for one of several outputs; the rows are shared."""
        return replace(self, output=np.ascontiguousarray(self.output[:, position]))

    @property
    def nbytes(self) -> int:
        """The size of the sample in bytes."""
        return self.codes.nbytes + self.output.nbytes

    def explain(self, rows: Rows, scores: Floats, num_features: int | None = None) -> LimeResult:
        """Explain raw rows whose output by the same model is already known.

        scores:       (rows,); the recorded output of each row.
        num_features: how many features a row's model may use; None for all. Chosen as lime's
                      "auto" does. A row's figures do not depend on the rows beside it.
        """
        codes = self._row_codes(rows)
        width = codes.shape[1]
        apart = np.arange(width + 1)
        nearness = np.sqrt(np.exp(-apart / (WIDTH * WIDTH * width)))
        wanted = width if num_features is None else min(num_features, width)
        intercept, coefficients, r2 = kernels.fit(
            np.ascontiguousarray(self.codes.T),
            self.output,
            codes,
            np.ascontiguousarray(scores, dtype=np.float64),
            nearness,
            wanted,
            FORWARD_UP_TO,
            PENALTIES,
        )
        local = intercept.copy()
        for feature in range(width):
            local += coefficients[:, feature]
        return LimeResult(self.schema.features, intercept, coefficients, r2, local)

    def conditions(self, rows: Rows) -> list[tuple[str, ...]]:
        """Return for each row, per feature, the bin it is in, in words: what its coefficient is
        about."""
        return [
            tuple(feature.describe(int(code)) for feature, code in zip(self.bins, row, strict=True))
            for row in self._row_codes(rows)
        ]

    def _row_codes(self, rows: Rows) -> Int32:
        return _codes(self.bins, self.schema.table(rows).columns)


def _scored(
    predict: Callable[[pd.DataFrame], Floats],
    frame: pd.DataFrame,
    bins: Sequence[Bins],
    seed: int,
    mode: Mode,
    n: int,
) -> dict[str, NDArray[Any]]:
    if mode == "lime-compat":
        drawn, codes = draw_compat(frame, bins, seed, n - 1)
    else:
        drawn = draw_empirical(frame, seed, n - 1)
        codes = _codes(bins, {name: column.to_numpy() for name, column in drawn.items()})
    return {"codes": codes, "output": np.ascontiguousarray(predict(drawn), dtype=np.float64)}


def _codes(bins: Sequence[Bins], columns: Mapping[str, NDArray[Any]]) -> Int32:
    return np.stack([feature.codes(columns[feature.name]) for feature in bins], axis=1)
