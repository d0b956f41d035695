"""Pickle and joblib files: never loaded in this process. Another one, with no way out, loads and asks them."""

from __future__ import annotations

import os
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explain.formats.confined.process import Process, require_locks
from explain.formats.confined.tables import numbers, to_blobs
from explain.formats.contract import Floats, Labelled, names_of
from explain.formats.rules import Rules
from explain.refusals import Untrusted

SERVING: Final = ("joblib", "explain.formats.confined.tables")
# Most of scikit-learn; it takes a second, so only for what names it.
LEARNING: Final = ("sklearn.pipeline", "sklearn.ensemble")


class ConfinedModel(Labelled):
    """A model that answers from a confined process. What it is inside, nobody here sees."""

    kind = "pickle"
    family = "unknown"

    def __init__(self, content: bytes, rules: Rules) -> None:
        self._content, self._rules = content, rules
        said = self._start()
        self.feature_names_in_ = names_of(said["names"])
        self.n_features_in_: int | None = said["width"]
        self.labels: NDArray[Any] | None = said["classes"] and np.asarray(said["classes"])
        wanted = "predict" if self.labels is None else "predict_proba"
        if wanted not in said["can"]:
            raise Untrusted(f"The object in the artefact has no {wanted}.")

    def _start(self) -> dict[str, Any]:
        learning = LEARNING if b"sklearn" in self._content else ()
        modules = (*SERVING, *learning)
        self._process = Process(self._rules, "serve", self._content, modules=modules)
        self._owner = os.getpid()
        if self._process.said["error"]:
            raise Untrusted(f"The artefact could not be loaded: {self._process.said['error']}")
        return self._process.said

    def _ask(self, call: str, table: Any) -> Floats:
        # A process belongs to who started it: two workers' questions on one pipe would mix.
        if self._owner != os.getpid():
            self._start()
        head, blobs = to_blobs(table)
        said, answer = self._process.ask({"call": call, **head}, blobs)
        if said["error"]:
            raise ValueError(said["error"]) if said["kind"] == "rows" else Untrusted(said["error"])
        found = numbers(said, answer)
        if len(found) != head["rows"] or not np.isfinite(found).all():
            raise Untrusted("The model did not answer with one finite figure for each row.")
        return found

    def predict_proba(self, table: Any) -> Floats:
        if self.labels is None:
            raise AttributeError("A regression has no probabilities.")
        found = self._ask("predict_proba", table)
        if found.shape[1:] != (len(self.labels),):
            raise Untrusted("The model did not give one probability for each class.")
        return found

    def predict(self, table: Any) -> NDArray[Any]:
        if self.labels is None:
            return self._ask("predict", table).reshape(-1)
        return np.asarray(self.labels[self.predict_proba(table).argmax(axis=1)])


def load(content: bytes, rules: Rules) -> ConfinedModel:
    """Raises NotAllowed where the machine cannot confine it, Untrusted where it does not load."""
    require_locks()
    return ConfinedModel(content, rules)
