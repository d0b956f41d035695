"""The page of the audit log: its facts, each apart, its checkpoints and its followers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from audit.guards import Guard
from audit.publisher import PublisherState
from audit.queries import CheckpointRow, KeptRun, LogState, PlaceState, PoisonedEntry
from governance.pages import formats
from governance.pages.integrity import FactLine, facts, guard_line, verified_line
from governance.pages.pieces import Banner, Cell, Column, Empty, Stat, Table
from governance.pages.tables import row

CONSISTENCY: Final = "/api/v1/log/proofs/consistency"
# A follower that has not moved for so long, with work before it, stands still.
STILL_SECONDS: Final = 60
FOLLOWERS: Final = {
    "project": ("Read models", "lists, search and counts"),
    "lines": ("Entries by kind", "the filtered list of this page"),
    "explain": ("Explanations", "computed with the artefact that decided"),
}


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """``grown`` says how many leaves came since the one before; ``consistency_url`` proves it."""

    size: str
    root: str
    root_short: str
    signed: str
    signed_in_full: str
    note: str
    grown: str
    consistency_url: str


@dataclass(frozen=True, slots=True)
class LogPage:
    trouble: Banner | None
    stats: tuple[Stat, ...]
    facts: tuple[FactLine, ...]
    guards: tuple[FactLine, ...]
    guards_said: str
    checkpoints: tuple[CheckpointLine, ...]
    followers: Table
    poison: Table | None
    origin: str
    verifier_key: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found out about the log, at ``now``."""

    state: LogState
    publication: PublisherState
    guards: Sequence[Guard]
    places: Sequence[PlaceState]
    poison: Sequence[PoisonedEntry]
    checkpoints: Sequence[CheckpointRow]
    """Newest first, and one more than are shown, so that each has one before it."""
    last_full_run: KeptRun | None
    last_run: KeptRun | None
    now: datetime


def log_page(
    looked: Looked, *, shown: int, origin: str, verifier_key: str, verify_urls: Mapping[UUID, str]
) -> LogPage:
    """``shown`` checkpoints at most; ``verify_urls`` for those poisoned entries that have one."""
    held = sum(guard.held for guard in looked.guards)
    return LogPage(
        trouble=_trouble(looked.publication),
        stats=_stats(looked),
        facts=(
            *facts(looked.state, looked.publication),
            verified_line(looked.last_full_run, looked.last_run, looked.state, looked.now),
        ),
        guards=tuple(map(guard_line, looked.guards)),
        guards_said=f"{held} of {len(looked.guards)} hold.",
        checkpoints=_checkpoints(looked.checkpoints, shown),
        followers=_followers(looked.places, looked.now),
        poison=_poison(looked.poison, verify_urls) if looked.poison else None,
        origin=origin,
        verifier_key=verifier_key,
    )


def _trouble(publication: PublisherState) -> Banner | None:
    if publication.status != "refused":
        return None
    return Banner(
        "bad",
        "Nothing is signed until a person has looked",
        f"{publication.problem} Decisions are still recorded and nothing is lost, but no checkpoint "
        f"covers them. What to do: {publication.drill}.",
    )


def _stats(looked: Looked) -> tuple[Stat, ...]:
    state = looked.state
    under = state.checkpoint_size or 0
    signed = (
        f"signed {formats.ago(state.checkpoint_at, looked.now)}"
        if state.checkpoint_at
        else "none signed yet"
    )
    waits = formats.lasting(state.oldest_unsequenced_seconds or 0)
    return (
        Stat("Entries in the tree", formats.count(state.size), detail="each a leaf, for good"),
        Stat("Under the newest checkpoint", formats.count(under), detail=signed),
        Stat(
            "Waiting for a place",
            formats.count(state.unsequenced),
            detail=f"the oldest for {waits}"
            if state.unsequenced
            else "durable at once, placed next",
        ),
        Stat(
            "People erased",
            formats.count(state.subjects_erased),
            detail="their entries stay and still verify",
        ),
        Stat(
            "Stepped over by followers",
            formats.count(state.poisoned),
            detail="listed below" if state.poisoned else "no entry defeated a follower",
            tone="warn" if state.poisoned else "",
            icon="alert-triangle" if state.poisoned else "",
        ),
    )


def _checkpoints(rows: Sequence[CheckpointRow], shown: int) -> tuple[CheckpointLine, ...]:
    older = [*rows[1:], None]
    return tuple(
        _checkpoint(row, before) for row, before in list(zip(rows, older, strict=True))[:shown]
    )


def _checkpoint(row: CheckpointRow, before: CheckpointRow | None) -> CheckpointLine:
    root = row.root.hex()
    first = before.size if before else 0
    return CheckpointLine(
        size=formats.count(row.size),
        root=root,
        root_short=formats.digest(root),
        signed=formats.brief(row.signed_at),
        signed_in_full=formats.moment(row.signed_at),
        note=row.note,
        grown=f"+{formats.count(row.size - first)}" if before else "the first",
        consistency_url=f"{CONSISTENCY}?from={first}&to={row.size}" if first else "",
    )


def _followers(places: Sequence[PlaceState], now: datetime) -> Table:
    columns = (
        Column("Follower"),
        Column("State", "badge"),
        Column("Behind by", "num"),
        Column("Stepped over", "num"),
        Column("Moved", "time"),
    )
    empty = Empty("No follower yet", "Followers take their place when the workers first run.")
    rows = tuple(row(columns, *_follower(place, now)) for place in places)
    return Table("Followers and their places", columns, rows, empty)


def _follower(place: PlaceState, now: datetime) -> tuple[Cell, ...]:
    name, does = FOLLOWERS.get(place.name, (formats.words(place.name).capitalize(), ""))
    still = place.lag > 0 and (now - place.updated_at).total_seconds() > STILL_SECONDS
    if not place.lag:
        state = Cell("Up to date", tone="good")
    elif still:
        state = Cell("Stands still", tone="bad")
    else:
        state = Cell("Catching up", tone="info", icon="loader-2")
    return (
        Cell(name, detail=does),
        state,
        Cell(formats.count(place.lag)),
        Cell(formats.count(place.poisoned), tone="warn" if place.poisoned else ""),
        Cell(formats.ago(place.updated_at, now), title=formats.moment(place.updated_at)),
    )


def _poison(entries: Sequence[PoisonedEntry], verify_urls: Mapping[UUID, str]) -> Table:
    columns = (
        Column("Leaf", "num"),
        Column("Follower"),
        Column("Why it was stepped over"),
        Column("When, UTC", "time"),
        Column("Proof"),
    )
    rows = tuple(
        row(
            columns,
            Cell(formats.count(entry.leaf_index)),
            Cell(FOLLOWERS.get(entry.place, (entry.place,))[0]),
            Cell(entry.error),
            Cell(formats.brief(entry.at), title=formats.moment(entry.at)),
            Cell("Verify", url=verify_urls[entry.entry_id])
            if entry.entry_id in verify_urls
            else Cell(formats.NONE),
        )
        for entry in entries
    )
    return Table("Leaves stepped over", columns, rows, Empty("None", "No entry was stepped over."))
