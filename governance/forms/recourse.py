"""A reader's own constraints on what would have changed an outcome. Checked against the policy by the verb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explain.recourse.policy import Bounds, Wishes
from governance.why.parts import Actionable


@dataclass(frozen=True, slots=True)
class Given:
    """``problems``: sentences about fields that hold no number; the wishes are then without them."""

    wishes: Wishes
    problems: tuple[str, ...]


def wishes_given(posted: Mapping[str, str], actionable: tuple[Actionable, ...]) -> Given:
    """The wishes a form said: ``keep-<place>``, ``lower-<place>``, ``upper-<place>`` by the place among the
    actionable features, ``changes`` and ``days``. An empty field wishes for nothing."""
    problems: list[str] = []

    def number(field: str, label: str) -> float | None:
        text = posted.get(field, "").strip().replace(",", "")
        if not text:
            return None
        try:
            return float(text)
        except ValueError:
            problems.append(f"{label}: “{text[:20]}” is not a number.")
            return None

    bounds = {}
    for place, one in enumerate(actionable):
        lower, upper = number(f"lower-{place}", one.label), number(f"upper-{place}", one.label)
        if lower is not None or upper is not None:
            bounds[one.feature] = Bounds(lower, upper)
    changes = posted.get("changes", "")
    return Given(
        Wishes(
            freeze=tuple(
                one.feature for place, one in enumerate(actionable) if f"keep-{place}" in posted
            ),
            bounds=bounds,
            max_changes=int(changes) if changes.isascii() and changes.isdigit() else None,
            max_days=number("days", "Days at most"),
        ),
        tuple(problems),
    )
