"""One who speaks to the log in tests: says what it may, and what the door would say."""

from dataclasses import dataclass, field

from audit.door import Admission

EVERY_ACT = frozenset(
    {"decisions:write", "decisions:read", "outcomes:write", "why:read", "log:read", "erasure:write"}
)


@dataclass(frozen=True)
class PlainVoice:
    actor: str = "key:test"
    where: frozenset[str] | None = frozenset({"consumer-credit", "hiring"})
    acts: frozenset[str] = EVERY_ACT
    models: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset({"consumer-credit", "hiring"})
    violations: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def allows(self, act: str, *, use_case: str, model: str = "") -> bool:
        here = self.where is None or use_case in self.where
        return act in self.acts and here and (not self.models or not model or model in self.models)

    def use_cases(self, act: str) -> frozenset[str] | None:
        return self.where if act in self.acts else frozenset()

    def admission(self, use_case: str, model_ref: str) -> Admission:
        if use_case not in self.known:
            return Admission(problem="There is no use case of this name.")
        return Admission(violations=self.violations.get(model_ref, ()))
