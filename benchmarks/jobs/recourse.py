"""Recourse: the search as the worker calls it, for many decisions at once and for one at a time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from explain import artefacts
from explain.answering.prepared import taken_apart
from explain.engines import engine
from explain.models import Profile
from explain.recourse.feasibility import cost, obstacles
from explain.recourse.search import Case, Goal, Outcome, search
from governance.demo.applications import applications
from governance.demo.decisions import MODEL_REF
from governance.demo.recourse import policy

# DiCE turns the class a model predicts, which is at one half; both are asked for the same.
THRESHOLD = 0.5


def prepare(count: int, folder: str) -> int:
    """Write what a peer needs: the artefact, the rows it learnt from, and so many adverse cases. Returns how many."""
    profile = Profile.objects.get(model_ref=MODEL_REF)
    ready = engine(profile)
    rows = [row.features for row in applications() if not row.trains]
    scores = ready.explainer.score(rows)
    cases = [row for row, score in zip(rows, scores, strict=True) if score >= THRESHOLD][:count]
    place = Path(folder)
    place.mkdir(exist_ok=True)
    (place / "model.skops").write_bytes(artefacts.read(profile.artefact_digest))
    learnt = [{**row.features, "bad": int(not row.repaid)} for row in applications() if row.trains]
    (place / "learnt.json").write_text(json.dumps(learnt))
    (place / "cases.json").write_text(json.dumps(cases))
    (place / "policy.json").write_text(json.dumps(policy().to_json()))
    return len(cases)


def together(folder: str) -> dict[str, Any]:
    """All cases in one search."""
    return _timed(folder, many=True)


def singly(folder: str) -> dict[str, Any]:
    """One search after another, as if nobody had gathered them."""
    return _timed(folder, many=False)


def judged(folder: str, found: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """A peer's counterfactuals under the policy: how many are within it, how many turn the outcome by the model."""
    ready = engine(Profile.objects.get(model_ref=MODEL_REF))
    cases = json.loads((Path(folder) / "cases.json").read_text())
    costs, feasible, valid, given = [], 0, 0, 0
    for case, answers in zip(cases, found, strict=True):
        whole = [{**case, **answer} for answer in answers]
        turned = ready.explainer.score(whole) < THRESHOLD if whole else []
        priced = []
        for answer, does in zip(whole, turned, strict=True):
            given, valid = given + 1, valid + bool(does)
            if not obstacles(policy(), case, answer):
                feasible += 1
                priced += [cost(policy(), case, answer)] * bool(does)
        costs.append(min(priced, default=None))
    return {"given": given, "valid": valid, "feasible": feasible, "costs": costs}


def _timed(folder: str, *, many: bool) -> dict[str, Any]:
    ready = engine(Profile.objects.get(model_ref=MODEL_REF))
    rows = json.loads((Path(folder) / "cases.json").read_text())
    cases = [Case(row, THRESHOLD) for row in rows]
    begun = time.process_time()
    groups = [cases] if many else [[case] for case in cases]
    outcomes = [
        one
        for group in groups
        for one in search(
            ready.explainer.score,
            ready.specification.names(),
            group,
            policy(),
            Goal(adverse_above=True),
            prepared=taken_apart(ready.explainer),
        )
    ]
    seconds = time.process_time() - begun
    return {"seconds": seconds, **_told(outcomes)}


def _told(outcomes: list[Outcome]) -> dict[str, Any]:
    return {
        "found": sum(one.state == "found" for one in outcomes),
        "proven": sum(one.proven for one in outcomes),
        "answers": sum(len(one.answers) for one in outcomes),
        "scored": sum(one.looked_at for one in outcomes),
        "costs": [one.answers[0].cost if one.answers else None for one in outcomes],
    }
