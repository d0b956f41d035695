"""What a verification found: each fault with its place, runs of like faults as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from uuid import UUID

KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, or the same fault on leaves ``leaf_index`` to ``last_leaf``.

    ``code`` is stable; ``entry_id`` is that of the first leaf. Both places may be unknown.
    """

    code: str
    sentence: str
    leaf_index: int | None = None
    entry_id: str | None = None
    last_leaf: int | None = None

    def place(self) -> str:
        """Where, for people: ``leaf 7, entry 0192…`` or ``leaves 7 to 9``."""
        parts = []
        if self.last_leaf is not None:
            parts.append(f"leaves {self.leaf_index} to {self.last_leaf}")
        elif self.leaf_index is not None:
            parts.append(f"leaf {self.leaf_index}")
        if self.entry_id is not None:
            parts.append(f"entry {self.entry_id}")
        return ", ".join(parts)


def finding(
    code: str, sentence: str, leaf_index: int | None = None, entry_id: UUID | None = None
) -> Finding:
    return Finding(code, sentence, leaf_index, str(entry_id) if entry_id else None)


class Findings:
    """Collects in bounded memory: at most 100 of each code are kept, all are counted."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self._runs: Counter[str] = Counter()

    def add(self, found: Finding) -> None:
        self.counts[found.code] += 1
        if self._continues(found):
            self.kept[-1] = replace(self.kept[-1], last_leaf=found.leaf_index)
            return
        self._runs[found.code] += 1
        if self._runs[found.code] <= KEPT:
            self.kept.append(found)

    def extend(self, found: Iterable[Finding]) -> None:
        for one in found:
            self.add(one)

    def any_of(self, codes: Iterable[str]) -> bool:
        return any(self.counts[code] for code in codes)

    def dump(self) -> dict[str, Any]:
        """For a resume file; ``load`` reads it."""
        return {"kept": [asdict(one) for one in self.kept], "counts": dict(self.counts)}

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Findings:
        findings = cls()
        findings.kept = [Finding(**one) for one in dumped["kept"]]
        findings.counts = Counter(dumped["counts"])
        findings._runs = Counter(one.code for one in findings.kept)
        return findings

    def _continues(self, found: Finding) -> bool:
        if not self.kept or found.leaf_index is None:
            return False
        before = self.kept[-1]
        end = before.last_leaf if before.last_leaf is not None else before.leaf_index
        return before.code == found.code and end is not None and end + 1 == found.leaf_index
