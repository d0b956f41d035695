"""Explaining gradient boosted trees on German Credit: our kernels, shap and lime, in one process.

No Django and no database. All figures are processor time, one thread; what the peers need to have
constructed once is constructed once for them too, except where the cell says "per request".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shap
from lime.lime_tabular import LimeTabularExplainer
from sklearn.ensemble import GradientBoostingClassifier

from explain.attribution.assembly import build
from explain.attribution.contract import Choices, Explainer
from explain.lime_batch.sample import LimeSample

_DATA = Path(__file__).resolve().parents[2] / "governance" / "demo" / "german_credit.csv"
# The background on which shap's interventional values are affordable at all.
SMALL = 100
PATHS = Choices(shapley="path-dependent")
_DEPTH = 6


@dataclass
class _World:
    """A model, its data, and everything that either side may construct once."""

    frame: pd.DataFrame
    texts: list[str]
    model: Any
    full: Explainer
    small: Explainer
    paths: Explainer
    lime: LimeSample
    their_paths: Any
    their_small: Any
    their_lime: LimeTabularExplainer

    def some(self, rows: int, first: int) -> pd.DataFrame:
        """Rows of the data, in another order each time."""
        return self.frame.sample(rows, replace=True, random_state=first).reset_index(drop=True)


_made: dict[str, _World] = {}


def prepare(trees: int) -> dict[str, Any]:
    """Train, and construct both sides. Returns what the report says of the data, and seconds."""
    frame, texts, label = _credit()
    model = _fitted(frame, label, trees, _DEPTH)
    begun = time.process_time()
    full, lime = _explainer(model, frame, frame), _lime(model, frame, texts)
    took = time.process_time() - begun
    made = _World(
        frame=frame,
        texts=texts,
        model=model,
        full=full,
        small=_explainer(model, frame, frame[:SMALL]),
        paths=_explainer(model, frame, frame, PATHS),
        lime=lime,
        their_paths=shap.TreeExplainer(model, feature_perturbation="tree_path_dependent"),
        their_small=shap.TreeExplainer(model, frame[:SMALL], feature_perturbation="interventional"),
        their_lime=_their_lime(frame, texts),
    )
    _made["world"] = made
    for cell in CELLS.values():
        cell(made, made.some(2, 0))  # compiled kernels and caches are everybody's own affair
    nodes = sum(member.tree_.node_count for member in model.estimators_[:, 0])
    return {"rows": len(frame), "features": len(frame.columns), "nodes": nodes, "setup": took}


def explained(cell: str, rows: int, first: int) -> float:
    """Decisions explained per second of processor time."""
    made = _made["world"]
    some = made.some(rows, first)
    begun = time.process_time()
    CELLS[cell](made, some)
    return rows / (time.process_time() - begun)


def growth(axis: str, values: list[int], rows: int) -> list[float]:
    """Microseconds a row of interventional values, for each of the values along one axis."""
    return [_grown(axis, value, rows) * 1e6 for value in values]


def _ours(made: _World, rows: pd.DataFrame) -> None:
    told = made.full.explain(rows)
    made.lime.explain(rows, told.score)


def _per_request(made: _World, rows: pd.DataFrame) -> None:
    for at in range(len(rows)):
        explainer = shap.TreeExplainer(made.model, feature_perturbation="tree_path_dependent")
        explainer.shap_values(rows[at : at + 1])
        _their_row(made, _their_lime(made.frame, made.texts), rows, at)


def _cached(made: _World, rows: pd.DataFrame) -> None:
    made.their_paths.shap_values(rows)
    _their_limes(made, rows)


def _their_limes(made: _World, rows: pd.DataFrame) -> None:
    for at in range(len(rows)):
        _their_row(made, made.their_lime, rows, at)


def _their_row(made: _World, explainer: Any, rows: pd.DataFrame, at: int) -> None:
    names = list(made.frame.columns)

    def predict(table: np.ndarray) -> np.ndarray:
        return made.model.predict_proba(pd.DataFrame(table, columns=names))

    explainer.explain_instance(rows.to_numpy()[at], predict, num_features=len(names))


CELLS: dict[str, Callable[[_World, pd.DataFrame], object]] = {
    "ours": _ours,
    "per request": _per_request,
    "cached": _cached,
    "our small": lambda made, rows: made.small.explain(rows),
    "their small": lambda made, rows: made.their_small.shap_values(rows),
    "our paths": lambda made, rows: made.paths.explain(rows),
    "their paths": lambda made, rows: made.their_paths.shap_values(rows),
    "our lime": lambda made, rows: made.lime.explain(rows, np.full(len(rows), 0.5)),
    "their lime": _their_limes,
}


def _credit() -> tuple[pd.DataFrame, list[str], pd.Series]:
    frame = pd.read_csv(_DATA, keep_default_na=False)
    label = (frame.pop("repaid") == "no").astype(int)
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    for name in texts:
        frame[name] = pd.Categorical(frame[name]).codes
    return frame.astype(float), texts, label


def _fitted(frame: pd.DataFrame, label: pd.Series, trees: int, depth: int) -> Any:
    model = GradientBoostingClassifier(n_estimators=trees, max_depth=depth, random_state=0)
    return model.fit(frame, label)


def _explainer(
    model: Any, frame: pd.DataFrame, background: pd.DataFrame, choices: Choices | None = None
) -> Explainer:
    return build(model, background, list(frame.columns), 1, choices or Choices())


def _lime(model: Any, frame: pd.DataFrame, texts: list[str]) -> LimeSample:
    names = list(frame.columns)
    return LimeSample.build(
        lambda table: model.predict_proba(table)[:, 1], frame, names, categorical=texts, seed=0
    )


def _their_lime(frame: pd.DataFrame, texts: list[str]) -> LimeTabularExplainer:
    places = [list(frame.columns).index(name) for name in texts]
    return LimeTabularExplainer(frame.to_numpy(), categorical_features=places, random_state=0)


def _grown(axis: str, value: int, rows: int) -> float:
    size = {"trees": 100, "depth": 4, "features": 20, "background": 500, "rows": rows}
    size[axis] = value
    frame, _, label = _credit()
    wide = pd.concat([frame] * -(-size["features"] // len(frame.columns)), axis=1)
    wide = wide.iloc[:, : size["features"]]
    wide.columns = [f"f{at}" for at in range(size["features"])]
    # Copies of a column are told apart by a little noise, or the first would take every split.
    random = np.random.RandomState(0)
    wide = wide + random.normal(0, 1e-3, wide.shape)
    model = _fitted(wide, label, size["trees"], size["depth"])
    background = wide.sample(size["background"], replace=True, random_state=0)
    explainer = _explainer(model, wide, background)
    some = wide.sample(size["rows"], replace=True, random_state=1)
    explainer.explain(some)
    begun = time.process_time()
    explainer.explain(some)
    return (time.process_time() - begun) / size["rows"]
