"""The whole page: parts for everybody, and parts for who may read decisions."""

from dataclasses import dataclass

from governance.pages.days import Days
from governance.pages.overview.actions import Action
from governance.pages.overview.first import FirstSteps
from governance.pages.pieces import Fact, Stat, Table


@dataclass(frozen=True, slots=True)
class Overview:
    tiles: tuple[Stat, ...]
    actions: tuple[Action, ...]
    log: tuple[Fact, ...]
    first: FirstSteps | None
    sees_decisions: bool
    today: str
    coverage: Table
    use_cases: Table | None = None
    days: Days | None = None
    latest: Table | None = None
