"""ONNX models behind scikit-learn's surface, on one processor, with onnxruntime's own operators only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explain.formats.checks import onnx as checks
from explain.formats.contract import Floats, Labelled, matrix, names_of
from explain.formats.rules import Rules
from explain.refusals import Malformed, Unsupported

# Rows go in blocks of one size, the last filled up: a matrix product may round otherwise in another size.
BLOCK: Final = 64
TYPES: Final = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}
REAL: Final = ("tensor(float)", "tensor(double)")


@dataclass(frozen=True)
class OnnxModel(Labelled):
    """A session; see ``Model``.

    inputs: name, type and width of each. single: one input holds all columns, else each holds one.
    output: the one that gives probabilities, or the value of a regression. mapped: as dicts by label.
    """

    session: Any
    inputs: tuple[tuple[str, str, int], ...]
    single: bool
    block: int
    output: str
    mapped: bool
    labels: NDArray[Any] | None
    feature_names_in_: NDArray[Any] | None
    n_features_in_: int
    kind: str = "onnx"
    family: str = "onnx"

    def predict_proba(self, table: Any) -> Floats:
        if self.labels is None:
            raise AttributeError("A regression has no probabilities.")
        found = self._run(table)
        return found if found.shape[1] == len(self.labels) else np.column_stack([1 - found, found])

    def predict(self, table: Any) -> NDArray[Any]:
        if self.labels is None:
            return self._run(table)[:, 0]
        return np.asarray(self.labels[self.predict_proba(table).argmax(axis=1)])

    def _run(self, table: Any) -> Floats:
        columns = self._columns(table)
        rows = len(next(iter(columns.values())))
        done = [self._block(columns, at) for at in range(0, rows, self.block)]
        return (
            np.concatenate(done)
            if done
            else np.empty((0, len(self.classes_) if self.labels is not None else 1))
        )

    def _block(self, columns: dict[str, NDArray[Any]], at: int) -> Floats:
        held = {name: column[at : at + self.block] for name, column in columns.items()}
        rows = len(next(iter(held.values())))
        filled = {
            name: np.concatenate([part, part[-1:].repeat(self.block - rows, 0)])
            for name, part in held.items()
        }
        raw = self.session.run([self.output], filled)[0]
        found = (
            [[one[label] for label in self.classes_.tolist()] for one in raw]
            if self.mapped
            else raw
        )
        return np.asarray(found, dtype=np.float64).reshape(self.block, -1)[:rows]

    def _columns(self, table: Any) -> dict[str, NDArray[Any]]:
        if self.single:
            name, kind, width = self.inputs[0]
            dense = matrix(table)
            if dense.shape[1] != width:
                raise ValueError(f"The model takes {width} columns, not {dense.shape[1]}.")
            return {name: dense.astype(TYPES[kind])}
        raw = (
            table.to_numpy(dtype=object)
            if hasattr(table, "to_numpy")
            else np.asarray(table, object)
        )
        if raw.shape[1] != len(self.inputs):
            raise ValueError(f"The model takes {len(self.inputs)} columns, not {raw.shape[1]}.")
        return {name: _column(raw[:, at], kind) for at, (name, kind, _) in enumerate(self.inputs)}


def _column(values: NDArray[Any], kind: str) -> NDArray[Any]:
    if kind == "tensor(string)":
        values = np.asarray(["" if v is None or v != v else str(v) for v in values], dtype=object)
    return values.astype(TYPES[kind]).reshape(-1, 1)


def load(content: bytes, rules: Rules) -> OnnxModel:
    """Raises Malformed where the library refuses it, Unsupported for inputs and outputs not known here."""
    import onnxruntime  # noqa: PLC0415 - a worker pays for what it uses

    facts = checks.check(content)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - its own exceptions share no base below this one
        raise Malformed(checks.WHAT, f"the library says: {str(error).splitlines()[0]}") from None
    inputs, single, block = _inputs(session)
    output, mapped, labels = _output(session, facts)
    width = inputs[0][2] if single else len(inputs)
    names = None if single else names_of(name for name, _, _ in inputs)
    return OnnxModel(session, inputs, single, block, output, mapped, labels, names, width)


def _inputs(session: Any) -> tuple[tuple[tuple[str, str, int], ...], bool, int]:
    found, blocks = [], set()
    for one in session.get_inputs():
        if one.type not in TYPES or len(one.shape) != 2 or not isinstance(one.shape[1], int):
            raise Unsupported(
                f"The ONNX model's input '{one.name}' is not a table of a known number of columns (rows × columns)."
            )
        found.append((one.name, one.type, one.shape[1]))
        blocks.add(one.shape[0] if isinstance(one.shape[0], int) else BLOCK)
    single = len(found) == 1 and found[0][1] != "tensor(string)"
    if not single and any(width != 1 for _, _, width in found):
        raise Unsupported("The ONNX model's inputs are neither one table nor one column each.")
    return tuple(found), single, blocks.pop() if len(blocks) == 1 else BLOCK


def _output(session: Any, facts: checks.Facts) -> tuple[str, bool, NDArray[Any] | None]:
    outputs = session.get_outputs()
    mapped = [one for one in outputs if one.type.startswith("seq(map(")]
    real = [one for one in outputs if one.type in REAL]
    chosen = (mapped or real or [None])[-1]
    if chosen is None:
        raise Unsupported("The ONNX model gives neither probabilities nor a value.")
    width = chosen.shape[-1] if chosen.shape and len(chosen.shape) > 1 else None
    chooses = facts.classes is not None or any(
        o.type in ("tensor(int64)", "tensor(string)") for o in outputs
    )
    if not mapped and not chooses and (width in (1, None)):
        return chosen.name, False, None
    labels = np.asarray(
        facts.classes if facts.classes is not None else range(max(int(width or 2), 2))
    )
    if len(labels) == 1 or (isinstance(width, int) and width not in (1, len(labels))):
        raise Unsupported("The ONNX model's probabilities are not one for each of its classes.")
    return chosen.name, bool(mapped), labels
