"""The held-out applications as decisions of the trained model, in the shape the public API takes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sklearn.pipeline import Pipeline

from governance.demo.applications import Application
from governance.demo.training import THRESHOLD, default_probabilities

USE_CASE = "consumer-credit"
MODEL = "credit-risk"
NUMBER = "1.0.0"
MODEL_REF = f"{MODEL}@{NUMBER}"
# The source tells no dates. When a loan was decided on, and when its outcome became known, is the demonstration's
# word: ten weeks up to now, so that rates, drift and coverage have a course, and some weeks later.
SPREAD = timedelta(weeks=10)
SOONEST, LAGS = 10, 32


def decisions(
    model: Pipeline, rows: Sequence[Application], *, now: datetime, spread: timedelta = SPREAD
) -> list[dict[str, Any]]:
    """One request body per application; ``decided_at`` ends shortly before ``now``."""
    started = time.perf_counter()
    scores = default_probabilities(model, rows)
    latency = (time.perf_counter() - started) * 1000 / len(rows)
    step = spread / len(rows)
    return [
        decision(row, score, now - (len(rows) - at) * step, latency)
        for at, (row, score) in enumerate(zip(rows, scores, strict=True))
    ]


def decision(row: Application, score: float, at: datetime, latency_ms: float) -> dict[str, Any]:
    return {
        "id": decision_id(row),
        "use_case": USE_CASE,
        "model": MODEL,
        "version": NUMBER,
        "decided_at": rfc3339(at),
        "subject": f"applicant-{row.number:04d}",
        "inputs": dict(row.features),
        "features": dict(row.features),
        "output": {
            "label": "deny" if score >= THRESHOLD else "approve",
            "score": score,
            "threshold": THRESHOLD,
            "probabilities": {"repaid": 1 - score, "not_repaid": score},
        },
        "segments": row.segments,
        "role_of_ai": "decisive",
        "latency_ms": round(latency_ms, 4),
    }


def outcomes(
    rows: Sequence[Application], sent: Sequence[Mapping[str, Any]], *, now: datetime
) -> list[dict[str, Any]]:
    """What turned out true of granted loans and is known by ``now``; of a refused one nobody ever learns it.

    The same for the same decisions, whenever it is asked: a later ``now`` adds to it.
    """
    granted = {
        row["id"]: datetime.fromisoformat(row["decided_at"])
        for row in sent
        if row["output"]["label"] == "approve"
    }
    known = [
        (row, granted[name] + lag(row)) for row in rows if (name := decision_id(row)) in granted
    ]
    return [outcome(row, at) for row, at in known if at <= now]


def outcome(row: Application, at: datetime) -> dict[str, Any]:
    return {
        "id": f"ledger-{row.number:04d}",
        "decision": decision_id(row),
        "use_case": USE_CASE,
        "label": "repaid" if row.repaid else "not_repaid",
        "source": "ledger",
        "observed_at": rfc3339(at),
    }


def lag(row: Application) -> timedelta:
    """From ten days to six weeks, by the application's number."""
    return timedelta(days=SOONEST + row.number * 7 % LAGS)


def decision_id(row: Application) -> str:
    return f"app-{row.number:04d}"


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
