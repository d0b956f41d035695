"""What a window's drift is called: how sure it is, by a test, and how large it is, by the index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

Verdict = Literal["insufficient", "none", "slight", "moderate", "large"]

# Fewer decisions are not judged; as limits of groups have it.
LEAST: Final = 30
# The chance that a window without drift is called anything else, of all features together.
ALPHA: Final = 0.05
# Customary words for the size of the index; by themselves they say nothing of chance.
MODERATE: Final = 0.1
LARGE: Final = 0.25


def verdict(psi: float | None, p: float | None, decisions: float, *, of: int = 1) -> Verdict:
    """Of a feature among ``of`` that are looked at together (Bonferroni).

    p: of the chi-square test on the bins of the index. None where there is nothing to compare.
    """
    if psi is None or p is None or decisions < LEAST:
        return "insufficient"
    if p * of >= ALPHA:
        return "none"
    return "large" if psi >= LARGE else "moderate" if psi >= MODERATE else "slight"


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The one that wants most attention; insufficient only where nothing was judged."""
    order: tuple[Verdict, ...] = ("large", "moderate", "slight", "none", "insufficient")
    return min(verdicts, key=order.index, default="insufficient")
