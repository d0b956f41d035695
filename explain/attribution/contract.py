"""What every explainer promises. Imports numpy alone, so that anyone may read the types."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# "margin": the score of one of several classes before the softmax. "prediction": a regression's, in
# its unit. "log-prediction": the logarithm of one, where the model adds up there.
OutputSpace = Literal["log-odds", "probability", "margin", "prediction", "log-prediction"]


class Said(NamedTuple):
    """What a model says of rows. output: in the space that is explained; score: the probability of
    the explained class, or the prediction. Both float64 (rows,)."""

    output: Floats
    score: Floats


@dataclass(frozen=True)
class Attribution:
    """Why the rows scored as they did.

    features: the names of the players, in the profile's order.
    values:   float64 (rows, features); values[i, j] is the part of row i's output that feature j
              accounts for, so that base + values[i].sum() is output[i] up to residual[i].
    output:   float64 (rows,); what the model itself gives, in the explainer's output space.
    base:     the mean output over the background.
    residual: float64 (rows,); |output - base - sum of values|, the additivity error.
    score:    float64 (rows,); the probability of the explained class, or the prediction.
    errors:   float64 (rows, features), the standard error of each value; None where they are exact.
    """

    features: tuple[str, ...]
    values: Floats
    output: Floats
    base: float
    residual: Floats
    score: Floats
    errors: Floats | None = None

    def part(self, begin: int, end: int) -> "Attribution":
        """Return the same for some of the rows."""
        errors = None if self.errors is None else self.errors[begin:end]
        return replace(
            self,
            values=self.values[begin:end],
            output=self.output[begin:end],
            residual=self.residual[begin:end],
            score=self.score[begin:end],
            errors=errors,
        )


class Explainer(Protocol):
    """Explains one output of a model against one background.

    base:           the mean output over the background.
    output_space:   the unit of base, values and output.
    method:         the name of the method, for the record.
    positive_class: the class whose output is explained; None for a regression.
    tolerance:      the additivity error beyond which an explanation is none.
    notes:          sentences that belong beside every explanation by this explainer.
    pace:           seconds that one row takes, roughly, where that is worth knowing; else 0.
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
    def tolerance(self) -> float: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def pace(self) -> float: ...
    @property
    def nbytes(self) -> int: ...

    def explain(self, rows: Any) -> Attribution:
        """Explain raw rows (mappings or a DataFrame).

        A row's figures are the same to the last bit whatever rows stand beside it. Rows that the
        model itself refuses raise the model's own ValueError; ill-formed ones raise BadRows.
        """
        ...

    def score(self, rows: Any) -> Floats:
        """Return the probability of the explained class, or the prediction, for raw rows, (rows,)."""
        ...

    def enter(self, rows: Any) -> Any:
        """Return raw rows as this explainer works on them: prepared once, for `attribute` and
        `exchanged`. Takes slices of rows. Raises what `explain` raises."""
        ...

    def attribute(self, entered: Any) -> Attribution:
        """Explain rows that have entered; explain(rows) is attribute(enter(rows))."""
        ...

    def exchanged(self, entered: Any, reference: Any, taken: NDArray[np.bool_]) -> Floats:
        """Return the output, (rows, variants), of variants of each row in which the features
        taken[r, v] (rows, variants, features) hold the value of the one row of `reference`. Both
        have entered."""
        ...


class Shelf(Protocol):
    """Keeps arrays that took long to compute, under a name for what they depend on."""

    def get(self, name: str) -> dict[str, NDArray[Any]] | None: ...
    def put(self, name: str, arrays: dict[str, NDArray[Any]]) -> None: ...


@dataclass(frozen=True)
class Choices:
    """How the owner of a version wants it explained; see `explain.specification`.

    table_limit: bytes that may be spent on tables.
    """

    shapley: Literal["interventional", "path-dependent"] = "interventional"
    space: Literal["auto", "log-odds", "probability"] = "auto"
    evaluations: int = 500_000
    black_box_rows: int = 0
    seed: int = 0
    table_limit: int = 512 * 2**20
