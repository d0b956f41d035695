"""What every explainer promises. Imports numpy alone, so that anyone may read the types."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# "margin": the score of one of several classes before the softmax. "prediction": a regression's, in
# its unit. "log-prediction": the logarithm of one, where the model adds up there.
OutputSpace = Literal["log-odds", "probability", "margin", "prediction", "log-prediction"]


@dataclass(frozen=True)
class Attribution:
    """Why the rows scored as they did.

    features: the names of the players, in the profile's order.
    values:   float64 (rows, features); values[i, j] is the part of row i's output that feature j
              accounts for, so that base + values[i].sum() is output[i] up to residual[i].
    output:   float64 (rows,); what the model itself gives, in the explainer's output space.
    base:     the mean output over the background.
    residual: float64 (rows,); |output - base - sum of values|, the additivity error.
    """

    features: tuple[str, ...]
    values: Floats
    output: Floats
    base: float
    residual: Floats


class Explainer(Protocol):
    """Explains one model against one background. Can be pickled.

    base:           the mean output over the background.
    output_space:   the unit of base, values and output: "log-odds" or "probability".
    method:         the name of the method, for the record.
    positive_class: the class whose output is explained.
    nbytes:         the size of what was computed ahead for the sake of speed.
    """

    @property
    def base(self) -> float: ...
    @property
    def output_space(self) -> OutputSpace: ...
    @property
    def method(self) -> str: ...
    @property
    def positive_class(self) -> Hashable: ...
    @property
    def nbytes(self) -> int: ...

    def explain(self, rows: Any) -> Attribution:
        """Explain raw rows (mappings or a DataFrame).

        A row's figures are the same to the last bit whatever rows stand beside it. Rows that the
        model itself refuses raise the model's own ValueError; ill-formed ones raise BadRows.
        """
        ...

    def probability(self, rows: Any) -> Floats:
        """Return the model's own probability of the positive class for raw rows, (rows,)."""
        ...
