"""Tables as frames carry them: numbers as float64, texts as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pandas as pd

from explain.formats.contract import Floats


def to_blobs(table: Any) -> tuple[dict[str, Any], list[bytes]]:
    """A DataFrame, an array or a sparse matrix as head and blobs, column by column."""
    dense = table.toarray() if hasattr(table, "toarray") else table
    frame = dense if isinstance(dense, pd.DataFrame) else pd.DataFrame(np.asarray(dense))
    named = [str(name) for name in frame.columns] if isinstance(table, pd.DataFrame) else None
    parts = [_column(frame.iloc[:, at]) for at in range(frame.shape[1])]
    head = {"rows": len(frame), "names": named, "kinds": [kind for kind, _ in parts]}
    return head, [blob for _, blob in parts]


def _column(column: pd.Series[Any]) -> tuple[str, bytes]:
    if pd.api.types.is_numeric_dtype(column):
        return "number", np.ascontiguousarray(column.to_numpy(dtype="<f8")).tobytes()
    values = [None if pd.isna(value) else _plain(value) for value in column]
    return "text", orjson.dumps(values)


def _plain(value: Any) -> str | float | bool:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return value if isinstance(value, str) else float(value)


def from_blobs(head: dict[str, Any], blobs: list[bytes]) -> Any:
    """The table again: a DataFrame where there are names or texts, else an array."""
    columns = [
        np.frombuffer(blob, "<f8") if kind == "number" else _texts(blob)
        for kind, blob in zip(head["kinds"], blobs, strict=True)
    ]
    if head["names"] is None and "text" not in head["kinds"]:
        return np.column_stack(columns) if columns else np.empty((head["rows"], 0))
    frame = pd.DataFrame(dict(enumerate(columns)), index=range(head["rows"]))
    frame.columns = pd.Index(head["names"] or range(len(columns)))
    return frame if head["names"] is not None else frame.to_numpy(dtype=object)


def _texts(blob: bytes) -> pd.Series[Any]:
    values = [np.nan if value is None else value for value in orjson.loads(blob)]
    return pd.Series(values, dtype=object)


def numbers(head: dict[str, Any], blobs: list[bytes]) -> Floats:
    """An answer's array, float64 of the shape it states. Raises ValueError where it does not fit."""
    shape = tuple(head["shape"])
    if any(type(side) is not int or side < 0 for side in shape):
        raise ValueError("An answer has no shape.")
    return np.frombuffer(blobs[0], "<f8").reshape(shape).copy()
