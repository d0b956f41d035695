"""CatBoost's models behind scikit-learn's surface. The library itself is imported when one is loaded."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explain.columns import Columns, trace
from explain.formats.before import Before
from explain.formats.checks import catboost as checks
from explain.formats.contract import Floats, matrix, names_of
from explain.formats.exported import Made, Trees, export, trees_of
from explain.formats.rules import Rules
from explain.formats.softmax import ByMargin
from explain.formats.texts import Texts
from explain.refusals import Malformed, Unsupported

BINARY: Final = frozenset({"Logloss", "CrossEntropy"})
REGRESSION: Final = frozenset(
    {"RMSE", "MAE", "Quantile", "MAPE", "Huber", "Expectile", "LogCosh", "Lq"}
)
EXPONENTIAL: Final = frozenset({"Poisson", "Tweedie"})


@dataclass(frozen=True)
class CatBoostModel(ByMargin):
    """A CatBoost object; see ``Model``. Tables are numbers: ``texts`` holds what those of a category
    column stand for.

    trees: for who reads them; None where they could not be read, and then ``obstacle`` says why.
    sets:  the last columns of its tables are the answers to these tests of categories.
    """

    core: Any
    loss: str
    labels: NDArray[Any] | None
    feature_names_in_: NDArray[Any] | None
    n_features_in_: int
    categorical: tuple[int, ...]
    texts: Texts
    trees: Trees | None = field(default=None, repr=False)
    obstacle: str = ""
    kind: str = "catboost"
    family: str = "catboost"

    @property
    def sets(self) -> tuple[Made, ...]:
        return self.trees.made if self.trees else ()

    def pool(self, columns: Any) -> Any:
        """The library's own table."""
        numbers, width = matrix(columns), self.n_features_in_
        if numbers.shape[1] != width + len(self.sets):
            raise ValueError(f"The model takes {width} columns, not {numbers.shape[1]}.")
        return pooled(np.ascontiguousarray(numbers[:, :width]), self.categorical, self.texts)

    def decision_function(self, table: Any) -> Floats:
        """Margins: (rows,) of classes_[1], or of a regression; (rows, classes) with more classes."""
        raw = self.core.predict(self.pool(table), prediction_type="RawFormulaVal", thread_count=1)
        return np.asarray(raw, dtype=np.float64)

    def predicted(self, margin: Floats) -> Floats:
        return np.exp(margin) if self.loss in EXPONENTIAL else margin

    def shap_values(self, table: Any) -> Floats:
        """The library's own path-dependent Shapley values, with the expected value in the last place:
        (rows, columns + 1), or (rows, classes, columns + 1).

        "Regular" is algorithm 1 of Lundberg et al. (2020), which the shap package gives too; "Exact" is another
        game, of expectations given the tests of a whole tree.
        """
        found = self.core.get_feature_importance(
            self.pool(table), type="ShapValues", shap_calc_type="Regular", thread_count=1
        )
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True)
class Answers:
    """A step that adds the answers to tests of categories, 0.0 or 1.0, as the library gives them."""

    core: Any
    categorical: tuple[int, ...]
    texts: Texts
    made: tuple[Made, ...]

    def transform(self, numbers: Floats) -> Floats:
        if not len(numbers):
            return np.empty((0, numbers.shape[1] + len(self.made)))
        pool = pooled(numbers, self.categorical, self.texts)
        leaves = np.asarray(self.core.calc_leaf_indexes(pool, thread_count=1), dtype=np.int64)
        answers = [leaves[:, one.tree] >> one.bit & 1 for one in self.made]
        return np.column_stack([numbers, *answers])


@trace.register
def _(step: Answers, columns: Columns) -> Columns:
    return Columns((*columns.sources, *(columns.sources[one.column] for one in step.made)))


def pooled(numbers: Floats, categorical: tuple[int, ...], texts: Texts) -> Any:
    """The library's own table of numbers, some of which stand for texts."""
    import catboost  # noqa: PLC0415 - loaded with the model

    if not categorical:
        return catboost.Pool(numbers)
    data = numbers.astype(object)
    for at in categorical:
        data[:, at] = texts.decode(numbers[:, at])
    return catboost.Pool(data, cat_features=list(categorical))


def load(content: bytes, rules: Rules) -> Any:
    """Raises Malformed where the library refuses it, Unsupported for a loss not known here."""
    import catboost  # noqa: PLC0415 - a worker pays for what it uses

    core = catboost.CatBoost()
    try:
        if checks.check(content) == "cbm":
            core.load_model(blob=content)
        else:
            _load_json(core, content)
    except catboost.CatBoostError as error:
        raise Malformed(checks.WHAT, f"the library says: {str(error).splitlines()[-1]}") from None
    return wrap(core)


def _load_json(core: Any, content: bytes) -> None:
    """The library reads JSON from a named file only; this one has a name and stands in no folder."""
    handle = os.memfd_create("model.json")
    with os.fdopen(handle, "wb") as held:
        held.write(content)
        held.flush()
        core.load_model(f"/proc/self/fd/{handle}", format="json")


def wrap(core: Any) -> Any:
    """The model around a fitted CatBoost object, behind the step that reads its texts."""
    _must_read_no_texts(core)
    loss = str(core._object._get_loss_function_name()).split(":")[0]
    classes = _classes(core, loss)
    names = [str(name) for name in core.feature_names_]
    width = len(names)
    categorical = tuple(core.get_cat_feature_indices())
    texts = Texts(categorical)
    named = None if names == [str(at) for at in range(width)] else names_of(names)
    trees, obstacle = _trees(core, width)
    model = CatBoostModel(core, loss, classes, named, width, categorical, texts, trees, obstacle)
    if not categorical:
        return model
    steps: list[tuple[str, Any]] = [("texts", texts)]
    if model.sets:
        steps.append(("answers", Answers(core, categorical, texts, model.sets)))
    return Before.of(steps, model)


def _must_read_no_texts(core: Any) -> None:
    """Raises Unsupported, saying which features are in the way and what to do about them."""
    names = [str(name) for name in core.feature_names_]
    texts = [f"'{names[at]}'" for at in core._get_text_feature_indices()]
    embedded = [f"'{names[at]}'" for at in core._get_embedding_feature_indices()]
    if texts or embedded:
        kinds = ((texts, "free text"), (embedded, "an embedding"))
        read = " and ".join(f"{', '.join(which)} as {kind}" for which, kind in kinds if which)
        raise Unsupported(
            f"The CatBoost model reads {read}, of which CatBoost gives no exact contributions. "
            "Make numbers or categories of such a feature before the model sees it (a count, a topic, a score of "
            "another model), train without text_features and embedding_features, and register that as a new version."
        )


def _trees(core: Any, width: int) -> tuple[Trees | None, str]:
    """The trees, or why they cannot be read. Raises Malformed where the library wrote what are none."""
    import catboost  # noqa: PLC0415 - loaded with the model

    try:
        return trees_of(export(core), width), ""
    except Unsupported as obstacle:
        return None, str(obstacle)
    except catboost.CatBoostError:
        return None, "CatBoost cannot write out the trees of this model."
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Malformed(checks.WHAT, f"its trees are none ({type(error).__name__}).") from None


def _classes(core: Any, loss: str) -> NDArray[Any] | None:
    if loss in REGRESSION | EXPONENTIAL:
        return None
    classes = np.asarray(core.classes_)
    if (loss in BINARY and len(classes) == 2) or (loss == "MultiClass" and len(classes) > 1):
        return classes
    raise Unsupported(f"CatBoost models of the loss '{loss}' are not explained so far.")
