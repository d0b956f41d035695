"""Tree ensembles as plain arrays, whichever library fitted them."""

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.attribution.contract import Floats, OutputSpace
from explain.refusals import Unsupported

Integers = NDArray[np.int64]

# How far our reading of a model may stand from its own output before it is refused.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Tree:
    """One tree; node 0 is the root; arrays of one entry per node.

    left, right:  children, -1 at leaves.
    column:       the column a node tests (undefined at leaves).
    threshold:    a row goes left if its value <= threshold.
    missing_left: a row whose value is missing goes left.
    value:        what a leaf adds to the output (undefined elsewhere).
    cover:        the weight of the training rows that came by; None where the model does not say,
                  which leaves path-dependent values out of reach.
    """

    left: Integers
    right: Integers
    column: Integers
    threshold: Floats
    missing_left: NDArray[np.bool_]
    value: Floats
    cover: Floats | None = None


@dataclass(frozen=True)
class Forest:
    """The sum of its trees, up to a constant, is the output in `space`.

    narrow:    the model rounds its input to float32 before it compares.
    scale:     the model's log-odds are scale * decision_function.
    tolerance: how far the sum may stand from the model's own output, which may be of 32 bits.
    """

    trees: tuple[Tree, ...]
    space: OutputSpace
    narrow: bool
    scale: float = 1.0
    tolerance: float = TOLERANCE


@singledispatch
def read(estimator: Any, position: int) -> Forest:
    """Read a fitted estimator's trees for the output at `position`: of its classes, or 0.

    New kinds of ensemble are added with `read.register`. Raises Unsupported.
    """
    raise Unsupported(f"Models of the kind {type(estimator).__name__} have no trees to be read.")
