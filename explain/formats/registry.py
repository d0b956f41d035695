"""The kinds of artefact there are, and how each is looked through and loaded. Imports nothing heavy.

A kind has two modules: ``checks.<kind>`` in plain Python, for whoever takes the file in, and ``<kind>`` with its
library, imported when a worker first loads such a model: a worker pays for what it uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from explain.formats.rules import Rules
from explain.refusals import NotAllowed, TooLarge, Untrusted


@dataclass(frozen=True, slots=True)
class Format:
    """what: for people. library: the distribution that reads it. native: in C++, so that a first
    load is tried in a process of its own."""

    kind: str
    what: str
    library: str
    native: bool = False

    @property
    def libraries(self) -> tuple[str, ...]:
        """What an explanation's record names beside the common ones."""
        return (self.library,) if self.native else ()


FORMATS = (
    Format("skops", "a scikit-learn model saved with skops", "skops"),
    Format("xgboost", "an XGBoost model saved as JSON or UBJSON", "xgboost-cpu", native=True),
    Format("lightgbm", "a LightGBM model saved as text", "lightgbm", native=True),
    Format("catboost", "a CatBoost model saved as .cbm or JSON", "catboost", native=True),
    Format("onnx", "an ONNX model in one file", "onnxruntime", native=True),
    Format("mlflow", "an MLflow model directory as zip or tar", "PyYAML"),
    Format("remote", "a description of a model served elsewhere", "numpy"),
    Format("pickle", "a pickle or joblib file, where an administrator allows it", "joblib"),
)
BY_KIND = {one.kind: one for one in FORMATS}
KINDS = tuple(BY_KIND)


def format_of(kind: str) -> Format:
    """Raises Untrusted for a kind there is none of."""
    found = BY_KIND.get(kind)
    if found is None:
        raise Untrusted(f"There is no kind of artefact '{kind}'; known are {', '.join(KINDS)}.")
    return found


def check(kind: str, content: bytes, rules: Rules) -> None:
    """Look through an artefact without its library. Raises Refused: Untrusted, TooLarge, NotAllowed."""
    found = format_of(kind)
    if not content:
        raise Untrusted("The artefact is empty.")
    if len(content) > rules.most_bytes:
        raise TooLarge(
            f"The artefact has {len(content):,} bytes, more than the {rules.most_bytes:,} allowed."
        )
    if kind == "pickle" and not rules.pickle:
        raise NotAllowed(
            "Pickle and joblib files can hold programs; an administrator has not allowed them here. "
            "Save the model with skops, or in its library's own format."
        )
    import_module(f"explain.formats.checks.{found.kind}").examine(content, rules)


def load(kind: str, content: bytes, rules: Rules) -> Any:
    """The model: see ``contract.Model``. For workers. Nothing in the artefact is executed, except a
    pickle's in the process made to hold it. Raises Refused."""
    check(kind, content, rules)
    found = format_of(kind)
    if found.native:
        import_module("explain.formats.trial").survive(found, content, rules)
    try:
        return import_module(f"explain.formats.{kind}").load(content, rules)
    except (MemoryError, RecursionError) as error:
        raise Untrusted(f"Loading the artefact takes too much ({type(error).__name__}).") from error
