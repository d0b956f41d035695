"""What the address of the list asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from audit.queries import DecisionFilter

URL: Final = "/decisions/"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, cleaned; ``since`` and ``until`` are days, both included."""

    q: str = ""
    use_case: str = ""
    label: str = ""
    model: str = ""
    since: date | None = None
    until: date | None = None
    cursor: str = ""
    problem: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Asked":
        """From a query string. A day that is none is left out, and said."""
        text = {
            name: given.get(name, "").strip()[:200] for name in ("q", "use_case", "label", "model")
        }
        since, until = _day(given.get("since", "")), _day(given.get("until", ""))
        wrong = [
            f"“{given[name][:40]}” is not a date; it was left out."
            for name, found in (("since", since), ("until", until))
            if given.get(name) and found is None
        ]
        return cls(
            **text,
            since=since,
            until=until,
            cursor=given.get("cursor", ""),
            problem=" ".join(wrong),
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.use_case or self.label or self.model or self.since or self.until)

    def filter(self, use_cases: frozenset[str]) -> DecisionFilter:
        """The same for the log, within ``use_cases``."""
        return DecisionFilter(
            use_cases=use_cases & {self.use_case} if self.use_case else use_cases,
            q=self.q,
            label=self.label,
            model_ref=self.model,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until + timedelta(days=1)) if self.until else None,
        )

    def url(self, cursor: str | None) -> str:
        """The address of another page of the same list; empty when there is none."""
        if cursor is None:
            return ""
        said = {
            "q": self.q,
            "use_case": self.use_case,
            "label": self.label,
            "model": self.model,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "cursor": cursor,
        }
        return f"{URL}?{urlencode({name: value for name, value in said.items() if value})}"


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    # The day after the last one Python knows would be an error, not a question.
    return found if found.year < 9999 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
