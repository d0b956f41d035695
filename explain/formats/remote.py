"""Models that answer over HTTP: the Open Inference Protocol (V2) and the older ``:predict`` (V1)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from explain.formats.checks import remote as checks
from explain.formats.checks.remote import Remote
from explain.formats.contract import Floats, Labelled, names_of
from explain.formats.http import post
from explain.formats.rules import Rules
from explain.refusals import NotAllowed, Unreachable


@dataclass(frozen=True)
class RemoteModel(Labelled):
    """A model elsewhere; see ``Model``. Every call goes out; rows are sent ``remote_rows`` at a time."""

    remote: Remote
    rules: Rules
    labels: NDArray[Any] | None
    feature_names_in_: NDArray[Any] | None
    n_features_in_: int
    kind: str = "remote"
    family: str = "remote"

    def predict_proba(self, table: Any) -> Floats:
        if self.labels is None:
            raise AttributeError("A regression has no probabilities.")
        found = self._ask(table)
        return np.column_stack([1 - found[:, 0], found[:, 0]]) if found.shape[1] == 1 else found

    def predict(self, table: Any) -> NDArray[Any]:
        if self.labels is None:
            return self._ask(table)[:, 0]
        return np.asarray(self.labels[self.predict_proba(table).argmax(axis=1)])

    def _ask(self, table: Any) -> Floats:
        frame = self._frame(table)
        many = self.rules.remote_rows
        parts = [self._batch(frame.iloc[at : at + many]) for at in range(0, len(frame), many)]
        return np.concatenate(parts) if parts else np.empty((0, self._width()))

    def _frame(self, table: Any) -> pd.DataFrame:
        frame = (
            table
            if isinstance(table, pd.DataFrame)
            else pd.DataFrame(np.asarray(table, dtype=object))
        )
        if frame.shape[1] != self.n_features_in_:
            raise ValueError(
                f"The model takes {self.n_features_in_} columns, not {frame.shape[1]}."
            )
        return frame

    def _width(self) -> int:
        return len(self.remote.classes) if self.remote.gives == "probabilities" else 1

    def _batch(self, frame: pd.DataFrame) -> Floats:
        remote = self.remote
        columns = [
            _plain(frame.iloc[:, at], name in remote.categories)
            for at, name in enumerate(remote.features)
        ]
        asked = (
            _v2(remote, columns, len(frame)) if remote.protocol == "v2" else _v1(remote, columns)
        )
        said = post(_url(remote), orjson.dumps(asked), self._headers(), self.rules)
        read = _read_v2 if remote.protocol == "v2" else _read_v1
        found = read(said, remote)
        if found.size != len(frame) * self._width() or not np.isfinite(found).all():
            raise Unreachable("The remote model did not answer with finite figures for each row.")
        found = found.reshape(len(frame), self._width())
        if remote.gives != "value" and (found.min() < 0 or found.max() > 1):
            raise Unreachable("The remote model's probabilities are not between 0 and 1.")
        return found

    def _headers(self) -> dict[str, str]:
        if not self.remote.variable:
            return {}
        value = os.environ.get(self.remote.variable)
        if not value:
            raise NotAllowed(
                f"The variable {self.remote.variable}, which holds the remote model's key, is not set."
            )
        return {self.remote.header: value}


def load(content: bytes, rules: Rules) -> RemoteModel:
    """Nothing is asked yet. Raises NotAllowed for an address that is not on the list."""
    remote = checks.check(content)
    checks.require_allowed(remote.url, rules)
    labels = np.asarray(remote.classes) if remote.classes else None
    return RemoteModel(remote, rules, labels, names_of(remote.features), len(remote.features))


def _url(remote: Remote) -> str:
    version = f"/versions/{remote.version}" if remote.version else ""
    place = f"{remote.url}/{remote.protocol}/models/{remote.model}{version}"
    return f"{place}/infer" if remote.protocol == "v2" else f"{place}:predict"


def _plain(column: pd.Series[Any], category: bool) -> list[Any]:
    if category:
        return [None if pd.isna(value) else str(value) for value in column]
    return [None if pd.isna(value) else float(value) for value in column]


def _v2(remote: Remote, columns: list[list[Any]], rows: int) -> dict[str, Any]:
    """https://github.com/kserve/open-inference-protocol, inference_rest.md"""
    if remote.input:
        data = [value for row in zip(*columns, strict=True) for value in row]
        shape = [rows, len(columns)]
        inputs = [{"name": remote.input, "shape": shape, "datatype": remote.datatype, "data": data}]
    else:
        inputs = [
            {
                "name": name,
                "shape": [rows, 1],
                "datatype": "BYTES" if name in remote.categories else remote.datatype,
                "data": column,
            }
            for name, column in zip(remote.features, columns, strict=True)
        ]
    outputs = {"outputs": [{"name": remote.output}]} if remote.output else {}
    return {"inputs": inputs, **outputs}


def _v1(remote: Remote, columns: list[list[Any]]) -> dict[str, Any]:
    rows: list[Any] = [list(row) for row in zip(*columns, strict=True)]
    if remote.rows == "object":
        rows = [dict(zip(remote.features, row, strict=True)) for row in rows]
    return {"instances": rows}


def _read_v2(said: Any, remote: Remote) -> Floats:
    try:
        outputs = said["outputs"]
        chosen = next(one for one in outputs if not remote.output or one["name"] == remote.output)
        return _numbers(chosen["data"])
    except (KeyError, TypeError, StopIteration):
        raise Unreachable(
            "The remote model's answer has not the form of the Open Inference Protocol."
        ) from None


def _read_v1(said: Any, remote: Remote) -> Floats:
    try:
        predictions = said["predictions"]
        return _numbers(
            [one[remote.output] for one in predictions] if remote.output else predictions
        )
    except (KeyError, TypeError, IndexError):
        raise Unreachable("The remote model's answer holds no predictions.") from None


def _numbers(data: Any) -> Floats:
    try:
        found = np.asarray(data)
    except ValueError:
        found = np.asarray(None)
    if found.dtype.kind not in "fiu":
        raise Unreachable("The remote model's answer holds something other than numbers.")
    return found.astype(np.float64).reshape(-1)
