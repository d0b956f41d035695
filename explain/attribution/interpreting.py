"""From a fitted estimator to a method that attributes its output. Kinds are added by registration."""

from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any, Protocol

from explain.attribution.contract import Choices, Floats, OutputSpace, Said, Shelf
from explain.attribution.margins import Margin, sign
from explain.attribution.players import Players
from explain.attribution.tree_shapley import INTERVENTIONAL, PATH_DEPENDENT, TreeShapley
from explain.attribution.trees import TOLERANCE, Forest, read
from explain.refusals import TooDeep, Unsupported


class Method(Protocol):
    """Attributes prepared rows to players."""

    @property
    def method(self) -> str: ...
    @property
    def base(self) -> float: ...
    @property
    def nbytes(self) -> int: ...

    def attribute(self, columns: Floats) -> Floats: ...


class Output(Protocol):
    """The model's own output and score for a prepared table."""

    def __call__(self, prepared: Any) -> Said: ...


@dataclass(frozen=True)
class Case:
    """What is to be explained of an estimator, and against what.

    position:   of the explained output: of the class in classes_, 0 for a regression.
    background: the prepared reference rows, float64 (rows, columns).
    """

    position: int
    players: Players
    background: Floats
    choices: Choices = field(default_factory=Choices)
    shelf: Shelf | None = None


@dataclass(frozen=True)
class Reading:
    """What was made of an estimator: how to attribute, and what it says itself, in which space.

    tolerance: how far the parts may stand from the model's own output.
    notes:     sentences that belong beside every explanation made so.
    slow:      takes milliseconds for a row: checked on some rows of the background only.
    """

    method: Method
    output: Output
    space: OutputSpace
    tolerance: float = TOLERANCE
    notes: tuple[str, ...] = ()
    slow: bool = False


@singledispatch
def interpret(estimator: Any, case: Case) -> Reading:
    """Choose the method for a fitted estimator; trees unless another kind is registered.

    Methods for further kinds of model are added with `interpret.register`. Raises Unsupported, or
    TooDeep where the kind is known and only its size is beyond the method.
    """
    forest = read(estimator, case.position)
    factor = forest.scale * sign(case.position)
    output = Margin(estimator, forest.space, case.position, factor)
    try:
        method: Method = tables(forest, case)
    except TooDeep as refusal:
        return _along_paths(estimator, forest, case, str(refusal))
    return Reading(method, output, forest.space, forest.tolerance)


def _along_paths(estimator: Any, forest: Forest, case: Case, why: str) -> Reading:
    # Brings shap, which takes seconds to import: only for the forests that nothing else can do.
    from explain.attribution.shap_trees import SLACK, ShapTrees  # noqa: PLC0415

    factor = forest.scale * sign(case.position)
    method = ShapTrees.of(estimator, forest.space, case.position, factor, case.players)
    note = (
        f"{why} The contributions are therefore path-dependent ones by the shap package, summed "
        "over the columns of each feature: against the training data, not the registered reference."
    )
    output = Margin(estimator, forest.space, case.position, factor)
    return Reading(method, output, forest.space, SLACK, (note,), slow=True)


def tables(forest: Forest, case: Case) -> TreeShapley:
    """Return the exact method for a forest, from the shelf where it stands there. Raises TooDeep, and
    Unsupported where paths are wanted of trees that do not say what took them."""
    path_dependent = case.choices.shapley == "path-dependent"
    label = PATH_DEPENDENT if path_dependent else INTERVENTIONAL
    kept = case.shelf.get(label) if case.shelf else None
    if kept is not None:
        return TreeShapley.from_arrays(case.players, kept, label)
    limit = case.choices.table_limit
    if path_dependent:
        method = TreeShapley.along_paths(forest, case.players, limit)
    else:
        method = TreeShapley.of(forest, case.players, case.background, limit)
    if case.shelf:
        case.shelf.put(label, method.arrays())
    return method


def refuse_path_dependent(choices: Choices) -> None:
    """For methods that know no paths."""
    if choices.shapley == "path-dependent":
        raise Unsupported("Path-dependent values exist for trees only.")
