"""The held-out applications as decisions of the trained model, in the shape the public API takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sklearn.pipeline import Pipeline

from governance.demo.applications import Application
from governance.demo.training import THRESHOLD, default_probabilities

USE_CASE = "consumer-credit"
MODEL = "credit-risk"
NUMBER = "1.0.0"
MODEL_REF = f"{MODEL}@{NUMBER}"
# The decisions are spread over the hours before the demonstration, so that lists and charts have a course.
SPREAD = timedelta(hours=36)


def decisions(
    model: Pipeline, rows: Sequence[Application], *, now: datetime
) -> list[dict[str, Any]]:
    """One request body per application; ``decided_at`` ends shortly before ``now``."""
    started = time.perf_counter()
    scores = default_probabilities(model, rows)
    latency = (time.perf_counter() - started) * 1000 / len(rows)
    step = SPREAD / len(rows)
    return [
        decision(row, score, now - (len(rows) - at) * step, latency)
        for at, (row, score) in enumerate(zip(rows, scores, strict=True))
    ]


def decision(row: Application, score: float, at: datetime, latency_ms: float) -> dict[str, Any]:
    return {
        "id": f"app-{row.number:04d}",
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


def outcomes(rows: Sequence[Application], *, observed_at: str) -> list[dict[str, Any]]:
    """What turned out true of granted loans; of a refused one nobody ever learns it."""
    return [
        {
            "id": f"repayment-{row.number:04d}",
            "decision": f"app-{row.number:04d}",
            "use_case": USE_CASE,
            "label": "repaid" if row.repaid else "not_repaid",
            "source": "ledger",
            "observed_at": observed_at,
        }
        for row in rows
    ]


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
