"""What a new installation needs before its first decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from governance.registry.rows import UseCaseRow, VersionRow


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a new installation needs: ``steps`` that are done or not, and a command to copy."""

    steps: tuple[tuple[bool, str, str], ...]
    command: str


def first_steps(
    address: str,
    cases: Sequence[UseCaseRow],
    versions: Sequence[VersionRow],
    now: datetime,
) -> FirstSteps:
    """How to record the first decision, with the names registered so far."""
    chosen = versions[0] if versions else None
    use_case = chosen.use_case if chosen else cases[0].slug if cases else "consumer-credit"
    model, number = (chosen.model, chosen.number) if chosen else ("credit-risk", "1.0.0")
    steps = (
        (
            bool(cases),
            "Register a use case",
            "what is decided about whom; an administrator does it",
        ),
        (bool(versions), "Register a model and its version", "its owner or a developer does it"),
        (False, "Make an API key", "its owner does it under Settings, or manage.py on the server"),
        (False, "Record a decision", "with the command below; it appears here within seconds"),
    )
    return FirstSteps(steps, command(address, use_case, model, number, now))


def command(address: str, use_case: str, model: str, number: str, now: datetime) -> str:
    """A curl command. The time is written out, so that a repeat says the same and records nothing twice."""
    said = (
        f'"id": "first-1", "use_case": "{use_case}", "model": "{model}", "version": "{number}"',
        f'"decided_at": "{now:%Y-%m-%dT%H:%M:%SZ}"',
        '"features": {"duration_months": 24, "amount": 5000}',
        '"output": {"label": "approve", "score": 0.21, "threshold": 0.4}',
    )
    body = ",\n    ".join(said)
    return (
        f'curl {address} \\\n  -H "Authorization: Bearer $RATIONALE_KEY" \\\n'
        f"  -H \"Content-Type: application/json\" \\\n  -d '{{\n    {body}\n  }}'"
    )
