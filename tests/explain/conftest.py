"""A small world for the explain tests: a model trained on 60 applications, its profile, and decisions of it."""

from __future__ import annotations

import json
from collections.abc import Callable
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
        score = training.default_probabilities(self.model, [row])[0]
        return {**decision(row, score, datetime.now(UTC), 1.0), **changed}


@pytest.fixture(scope="session")
def credit() -> Credit:
    rows = list(applications())
    learnt, held_out = rows[:60], rows[60:100]
    model = training.train(learnt)
    return Credit(model, training.artefact(model), learnt, held_out)


@pytest.fixture
def record(fresh_db: str) -> Callable[[dict[str, Any]], UUID]:
    """A use case to decide in; the fixture records a body, gives it its place, and returns the entry's id."""
    add_use_case(voice=VOICE, slug=USE_CASE, name="Consumer credit", adverse_labels=["deny"])

    def one(body: dict[str, Any]) -> UUID:
        done = decisions.record(voice=VOICE, raw=json.dumps(body).encode())
        sequencer.sequence_once()
        return done.entry.id

    return one
