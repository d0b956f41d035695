"""What callers send in these tests."""

from datetime import UTC, datetime
from typing import Any

import orjson


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decision(**changes: Any) -> dict[str, Any]:
    """A sound decision; a change to None takes the field away."""
    said: dict[str, Any] = {
        "id": "app-1",
        "use_case": "consumer-credit",
        "model": "credit-risk",
        "version": "1.0.0",
        "decided_at": now(),
        "subject": "cust-1234",
        "inputs": {"purpose": "car", "months": 24},
        "features": {"duration_months": 24, "purpose": "car"},
        "output": {"label": "deny", "score": 0.61, "threshold": 0.55},
        "segments": {"sex": "female", "age_band": "25-34"},
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def outcome(**changes: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": "out-1",
        "label": "repaid",
        "source": "ledger",
        "observed_at": now(),
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def raw(said: dict[str, Any]) -> bytes:
    return orjson.dumps(said)
