"""The outcome of a verification: four facts apart, and what was found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from audit.verification.findings import Finding


@dataclass(frozen=True, slots=True)
class Fact:
    """``holds`` is None when the fact was not settled: not looked at to the end, or nothing to ask."""

    name: str
    holds: bool | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What ``verify`` returns. ``checked`` of ``size`` leaves were looked at."""

    origin: str
    size: int
    checked: int
    resumed_at: int
    content: Fact
    tree: Fact
    checkpoints: Fact
    witnesses: Fact
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        return self.checked >= self.size

    @property
    def intact(self) -> bool:
        """All leaves were looked at and the first three facts hold."""
        return self.complete and all(
            fact.holds for fact in (self.content, self.tree, self.checkpoints)
        )

    @property
    def facts(self) -> tuple[Fact, ...]:
        return (self.content, self.tree, self.checkpoints, self.witnesses)

    @property
    def verdict(self) -> str:
        """One sentence; only a whole and faultless log is called intact."""
        if self.intact:
            return f"The log is intact: {self.size} leaves."
        if self.findings:
            return f"The log is NOT intact: {sum(self.counts.values())} findings."
        if not self.complete:
            return f"Partly verified: {self.checked} of {self.size} leaves, without a finding yet."
        return "The log is NOT shown to be intact: see the facts."

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "complete": self.complete,
            "intact": self.intact,
            "verdict": self.verdict,
        }
