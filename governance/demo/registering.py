"""Registers what the demonstration decides with: use case, model, version, profile, and the application's key."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction
from sklearn.pipeline import Pipeline

from audit.door import Voice
from explain import queries as explanations
from explain.artefacts import load
from explain.profiles import register
from governance.demo import training
from governance.demo.applications import Application
from governance.demo.catalogue import specification
from governance.demo.decisions import MODEL, MODEL_REF, NUMBER, USE_CASE
from governance.keys.issue import issue_key
from governance.registry.model import add_model
from governance.registry.use_cases import add_use_case
from governance.registry.versions import add_version

ACTS = ("decisions:write", "outcomes:write", "decisions:read", "why:read", "log:read")
COMPARING = ("registry:read", "fairness:read", "fairness:small", "fairness:write")


def register_all(*, voice: Voice, rows: Sequence[Application]) -> Pipeline:
    """Train and register, or take the model that an earlier start registered. Returns the model that decides.

    The model is loaded back from the store: what decides here is the artefact that will explain, to the byte.
    """
    profile = explanations.profile(MODEL_REF)
    if profile is None:
        model = training.train(rows)
        artefact = training.artefact(model)
        with transaction.atomic():
            register_version(voice=voice, rows=rows, artefact=artefact)
        profile = explanations.profile(MODEL_REF)
    if profile is None:
        raise RuntimeError("The profile was registered and cannot be read back.")
    loaded: Pipeline = load(profile.artefact_digest)
    return loaded


def register_version(*, voice: Voice, rows: Sequence[Application], artefact: bytes) -> None:
    add_use_case(
        voice=voice,
        slug=USE_CASE,
        name="Consumer credit",
        description="Whether an instalment loan is granted to a private person.",
        jurisdiction="DE",
        adverse_labels=["deny"],
    )
    add_model(
        voice=voice,
        use_case=USE_CASE,
        slug=MODEL,
        name="Credit risk",
        description="Estimates the probability that a loan is not repaid.",
    )
    digest = hashlib.sha256(artefact).hexdigest()
    add_version(
        voice=voice,
        model=MODEL,
        number=NUMBER,
        artefact_digest=digest,
        notes="Gradient-boosted trees on 17 features. Sex, age, marital status and nationality are not among them.",
        facts={
            "algorithm": "sklearn GradientBoostingClassifier, 120 trees of depth 3",
            "training_rows": len(rows),
            "threshold": str(training.THRESHOLD),
            "source": "Statlog (German Credit Data), CC BY 4.0",
        },
    )
    register(
        actor=voice.actor,
        use_case=USE_CASE,
        model_ref=MODEL_REF,
        artefact=artefact,
        background=[row.features for row in rows],
        specification=specification(),
    )


def application_key(*, voice: Voice, folder: Path) -> str:
    """The API key of the demonstration's application, kept in a file that only its owner may read."""
    return kept_key(voice, folder / "demo-key", "Loan origination", ACTS)


def comparing_key(*, voice: Voice, folder: Path) -> str:
    """The API key of who compares groups, kept likewise."""
    return kept_key(voice, folder / "demo-fairness-key", "Fairness desk", COMPARING)


def kept_key(voice: Voice, path: Path, name: str, acts: Sequence[str]) -> str:
    if path.exists():
        return path.read_text()
    issued = issue_key(voice=voice, name=name, use_cases=[USE_CASE], acts=acts)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(issued.text)
    return issued.text
