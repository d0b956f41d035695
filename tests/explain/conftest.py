"""A small world for the explain tests: a model trained on 60 applications, its profile, and decisions of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sklearn.pipeline import Pipeline

from audit import decisions, sequencer
from explain.profiles import register
from governance.demo import training
from governance.demo.applications import Application, applications
from governance.demo.catalogue import specification
from governance.demo.decisions import MODEL_REF, USE_CASE, decision
from governance.registry.use_cases import add_use_case
from governance.voices import SystemVoice

VOICE = SystemVoice("test")


@dataclass(frozen=True)
class Credit:
    """A trained model with its artefact, the rows it learnt from, and rows to decide."""

    model: Pipeline
    artefact: bytes
    learnt: list[Application]
    held_out: list[Application]
    scores: Sequence[float]

    def register(self, **changed: Any) -> None:
        said: dict[str, Any] = {
            "actor": VOICE.actor,
            "use_case": USE_CASE,
            "model_ref": MODEL_REF,
            "artefact": self.artefact,
            "background": [row.features for row in self.learnt],
            "specification": specification(),
        }
        register(**{**said, **changed})

    def body(self, at: int, **changed: Any) -> dict[str, Any]:
        row = self.held_out[at]
        return {**decision(row, self.scores[at], datetime.now(UTC), 1.0), **changed}


@pytest.fixture(scope="session")
def credit() -> Credit:
    rows = list(applications())
    learnt, held_out = rows[:60], rows[60:100]
    model = training.train(learnt)
    # At once: asking a pipeline about a single row takes as long as about all.
    scores = training.default_probabilities(model, held_out)
    return Credit(model, training.artefact(model), learnt, held_out, scores)


@pytest.fixture
def record_all(fresh_db: str) -> Callable[[Iterable[dict[str, Any]]], list[UUID]]:
    """A use case to decide in; the fixture records bodies, gives them their places, and returns the entries' ids."""
    add_use_case(voice=VOICE, slug=USE_CASE, name="Consumer credit", adverse_labels=["deny"])

    def every(bodies: Iterable[dict[str, Any]]) -> list[UUID]:
        done = [decisions.record(voice=VOICE, raw=json.dumps(body).encode()) for body in bodies]
        sequencer.sequence_once()
        return [one.entry.id for one in done]

    return every


@pytest.fixture
def record(
    record_all: Callable[[Iterable[dict[str, Any]]], list[UUID]],
) -> Callable[[dict[str, Any]], UUID]:
    """The same of one body."""
    return lambda body: record_all([body])[0]
