"""Figures at a glance: tiles, the log's facts, and the course of the last two weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from audit.publisher import PublisherState
from audit.queries import DayCount, LabelCount, LogState
from explain.queries import Coverage
from governance.pages import formats
from governance.pages.days import Days, days
from governance.pages.pieces import Fact, Stat, Tone

DECISIONS: Final = "/decisions/"


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of one reader's use cases: today, the last seven days, and day by day."""

    today: Sequence[LabelCount]
    week: Sequence[LabelCount]
    daily: Sequence[DayCount]


def decision_tiles(counted: Counted, now: datetime) -> tuple[Stat, ...]:
    by_day = per_day(counted.daily)
    today = now.date()
    last = [by_day.get(today - timedelta(days=at), 0) for at in range(14)]
    return (
        Stat(
            "Decisions today",
            formats.count(last[0]),
            detail=f"since midnight UTC; yesterday {formats.count(last[1])}",
            url=f"{DECISIONS}?since={today.isoformat()}",
        ),
        Stat(
            "Decisions in 7 days",
            formats.count(sum(last[:7])),
            detail=f"{formats.count(sum(last[7:]))} in the 7 days before",
            url=f"{DECISIONS}?since={(today - timedelta(days=6)).isoformat()}",
        ),
    )


def explained_tile(coverage: Mapping[str, Coverage]) -> Stat:
    total = sum(one.total for one in coverage.values())
    if not total:
        return Stat("Explained", formats.NONE, detail="No decision has an explanation profile yet")
    ready = sum(one.ready for one in coverage.values())
    gone = sum(one.refused + one.failed for one in coverage.values())
    waiting = total - ready - gone
    parts = [f"{formats.count(waiting)} waiting"] if waiting else []
    parts += [f"{formats.count(gone)} refused or failed"] if gone else []
    return Stat(
        "Explained",
        floor_percent(ready, total),
        detail=f"{formats.count(ready)} of {formats.count(total)}"
        + "".join(f", {part}" for part in parts),
        tone="warn" if gone else "",
        icon="alert-triangle" if gone else "",
    )


def floor_percent(part: int, whole: int) -> str:
    """Never rounded up to 100 %: one that is missing can be seen."""
    return f"{part * 1000 // whole / 10:.1f}".removesuffix(".0") + f"{formats.NARROW}%"


def log_tile(log: LogState, now: datetime) -> Stat:
    signed = (
        f"signed {formats.ago(log.checkpoint_at, now)}" if log.checkpoint_at else "not signed yet"
    )
    return Stat("Log entries", formats.count(log.size), detail=signed, url="/log/")


def log_facts(log: LogState, publication: PublisherState, now: datetime) -> tuple[Fact, ...]:
    waiting = formats.plural(log.unsequenced, "entry", "entries") if log.unsequenced else "none"
    for_long = log.oldest_unsequenced_seconds
    return (
        Fact("Entries", formats.count(log.size), "with a place in the tree"),
        Fact(
            "Signed",
            formats.count(log.checkpoint_size or 0),
            f"by the checkpoint of {formats.moment(log.checkpoint_at)}"
            if log.checkpoint_at
            else "no checkpoint yet",
            code=log.checkpoint_root.hex() if log.checkpoint_root else "",
            short=formats.digest(log.checkpoint_root.hex()) if log.checkpoint_root else "",
        ),
        Fact(
            "Waiting for a place",
            waiting,
            f"the oldest for {formats.lasting(for_long)}" if for_long else "",
        ),
        publication_fact(publication),
        Fact("People erased", formats.count(log.subjects_erased)),
    )


def publication_fact(publication: PublisherState) -> Fact:
    told: dict[str, tuple[str, Tone, str]] = {
        "published": ("in step with the database", "good", "check"),
        "pending": ("the next checkpoint follows", "info", "clock"),
        "unreachable": ("the store does not answer", "warn", "alert-triangle"),
        "refused": ("refused: a person must look", "bad", "alert-octagon"),
    }
    text, tone, icon = told[publication.status]
    return Fact("Checkpoint store", text, publication.problem, tone=tone, icon=icon)


def per_day(counts: Sequence[DayCount]) -> dict[date, int]:
    found: dict[date, int] = {}
    for one in counts:
        found[one.day] = found.get(one.day, 0) + one.decisions
    return found


def days_chart(counted: Counted, now: datetime) -> Days:
    return days(per_day(counted.daily), until=now.date())
