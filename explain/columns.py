"""Where the columns of a prepared table come from: one rule per kind of preparation step."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, singledispatch
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import check_array

from explain.refusals import Unsupported


@dataclass(frozen=True)
class Columns:
    """The columns that enter a step: the raw feature each comes from, their names if known, and which
    of them are the raw values themselves (None: none of them)."""

    sources: tuple[int, ...]
    names: tuple[str, ...] | None = None
    raw: tuple[bool, ...] | None = None

    def pick(self, positions: Sequence[int]) -> "Columns":
        names = self.names and tuple(self.names[at] for at in positions)
        raw = self.raw and tuple(self.raw[at] for at in positions)
        return Columns(tuple(self.sources[at] for at in positions), names, raw)

    def untouched(self) -> tuple[bool, ...]:
        return self.raw or (False,) * len(self.sources)


def is_idle(step: Any) -> bool:
    """True for a step that hands its columns on untouched."""
    return step is None or (isinstance(step, str) and step == "passthrough")


@singledispatch
def trace(step: Any, columns: Columns) -> Columns:
    """Return the columns that leave a fitted `step` when `columns` enter it.

    New kinds of step are added with `trace.register`. Raises Unsupported for a kind that is not
    known to compute each column from one column.
    """
    raise Unsupported(
        f"The preparation step {type(step).__name__} is not known to keep features apart."
    )


@trace.register(Binarizer)
@trace.register(MaxAbsScaler)
@trace.register(MinMaxScaler)
@trace.register(OrdinalEncoder)
@trace.register(PowerTransformer)
@trace.register(QuantileTransformer)
@trace.register(RobustScaler)
@trace.register(StandardScaler)
def _(step: Any, columns: Columns) -> Columns:
    return Columns(columns.sources, columns.names)


@trace.register
def _(step: FunctionTransformer, columns: Columns) -> Columns:
    # HistGradientBoosting's own check of its numbers, a partial of check_array, changes none.
    if step.func is None or (isinstance(step.func, partial) and step.func.func is check_array):
        return columns
    if not _value_by_value(step):
        raise Unsupported("A FunctionTransformer may mix features, so its columns have no owner.")
    return Columns(columns.sources, columns.names)


def _value_by_value(step: FunctionTransformer) -> bool:
    """A ufunc of one argument sees one value at a time."""
    func = step.func
    return isinstance(func, np.ufunc) and (func.nin, func.nout) == (1, 1) and not step.kw_args


@trace.register
def _(step: KBinsDiscretizer, columns: Columns) -> Columns:
    if step.encode == "ordinal":
        return Columns(columns.sources)
    return Columns(tuple(np.repeat(columns.sources, step.n_bins_).tolist()))


@trace.register
def _(step: TargetEncoder, columns: Columns) -> Columns:
    each = len(step.classes_) if step.target_type_ == "multiclass" else 1
    return Columns(tuple(np.repeat(columns.sources, each).tolist()))


@trace.register
def _(step: SelectorMixin, columns: Columns) -> Columns:
    return columns.pick(np.flatnonzero(step.get_support()).tolist())


@trace.register
def _(step: OneHotEncoder, columns: Columns) -> Columns:
    widths = [_one_hot_width(step, at) for at in range(len(step.categories_))]
    return Columns(tuple(np.repeat(columns.sources, widths).tolist()))


def _one_hot_width(encoder: OneHotEncoder, at: int) -> int:
    width = len(encoder.categories_[at])
    rare = getattr(encoder, "infrequent_categories_", None)
    if rare is not None and rare[at] is not None:
        width -= len(rare[at]) - 1
    if encoder.drop_idx_ is not None and encoder.drop_idx_[at] is not None:
        width -= 1
    return width


@trace.register
def _(step: SimpleImputer, columns: Columns) -> Columns:
    positions = _imputed(step, len(columns.sources))
    if step.indicator_ is not None:
        positions += step.indicator_.features_.tolist()
    return Columns(tuple(columns.sources[at] for at in positions))


def _imputed(imputer: SimpleImputer, width: int) -> list[int]:
    """Return the columns an imputer keeps: it drops those in which it never saw a value."""
    if imputer.keep_empty_features or imputer.strategy == "constant":
        return list(range(width))
    return [at for at in range(width) if not _never_seen(imputer.statistics_[at])]


def _never_seen(statistic: object) -> bool:
    return statistic is None or statistic != statistic


@trace.register
def _(step: MissingIndicator, columns: Columns) -> Columns:
    return Columns(tuple(columns.sources[at] for at in step.features_.tolist()))


@trace.register
def _(step: Pipeline, columns: Columns) -> Columns:
    for _, part in step.steps:
        columns = columns if is_idle(part) else trace(part, columns)
    return columns


@trace.register
def _(step: FeatureUnion, columns: Columns) -> Columns:
    parts = [part for _, part in step.transformer_list if part != "drop"]
    sides = [columns if is_idle(part) else trace(part, columns) for part in parts]
    sources = tuple(source for side in sides for source in side.sources)
    return Columns(sources, raw=tuple(same for side in sides for same in side.untouched()))


@trace.register
def _(step: ColumnTransformer, columns: Columns) -> Columns:
    placed = step.output_indices_
    sources = [0] * max(where.stop for where in placed.values())
    raw = [False] * len(sources)
    for name, part, wanted in step.transformers_:
        if isinstance(part, str) and part == "drop":
            continue
        entering = columns.pick(_positions(wanted, columns))
        leaving = entering if is_idle(part) else trace(part, entering)
        sources[placed[name]], raw[placed[name]] = leaving.sources, leaving.untouched()
    return Columns(tuple(sources), raw=tuple(raw))


def _positions(wanted: Any, columns: Columns) -> list[int]:
    """Return the positions meant by a ColumnTransformer's choice of columns."""
    every = np.arange(len(columns.sources))
    if isinstance(wanted, str):
        wanted = [wanted]
    if isinstance(wanted, slice) and isinstance(wanted.start or wanted.stop, str):
        raise Unsupported("A range of columns by name is not understood; list the names.")
    if not isinstance(wanted, slice) and any(isinstance(name, str) for name in wanted):
        if columns.names is None:
            raise Unsupported("A nested step picks columns by name that are not known here.")
        return [columns.names.index(name) for name in wanted]
    return [int(at) for at in np.atleast_1d(every[wanted])]
