"""The log's facts, each for itself: a log can have every content right and its history rewritten.

A page settles only what it looked at. Content is read to the end by ``verifylog`` alone, so the page
never says more of it than how to run that.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from audit.guards import Guard
from audit.publisher import PublisherState
from audit.queries import KeptRun, LogState
from governance.pages import formats

VERIFY: Final = "python3 manage.py verifylog"
# Refusals that are about the stored tree itself; the others are about what was published outside.
TREE_FAULTS: Final = frozenset({"damaged-tree"})
GUARDS: Final = {
    "roles": "The service's database role",
    "append_only": "Append-only triggers",
    "event_triggers": "Event triggers",
    "fsync": "Forced to disk",
    "full_page_writes": "Torn pages",
    "synchronous_commit": "Receipts after commit",
    "data_checksums": "Page checksums",
    "partitions": "Partitions ahead",
    "tables": "Tables",
}


@dataclass(frozen=True, slots=True)
class FactLine:
    """``state``: ok, bad, warn, or open (not looked at, or nothing to look at)."""

    name: str
    state: Literal["ok", "bad", "warn", "open"]
    word: str
    sentence: str
    command: str = ""
    code: str = ""
    """A whole digest, with ``short`` its ends."""
    short: str = ""


def facts(state: LogState, publication: PublisherState) -> tuple[FactLine, ...]:
    """Content, tree, checkpoint outside, witnesses: never summed up into one word."""
    return (_content(state), _tree(state, publication), _outside(publication), _witnesses())


def verified_line(
    full: KeptRun | None, newest: KeptRun | None, state: LogState, now: datetime
) -> FactLine:
    """What the last full run of ``verifylog`` said, and what a later run in part found amiss."""
    name = "Last full verification"
    later = _later(full, newest)
    if full is None:
        said = "No run over the whole log has ended here, or its outcome was not kept."
        return FactLine(name, "bad" if later else "open", "Never", said + later, command=VERIFY)
    resumed = "" if not full.resumed_at else ", the last part of a run that was resumed"
    grown = state.size - full.size
    since = f" {formats.plural(grown, 'leaf', 'leaves')} came since." if grown > 0 else ""
    said = (
        f"On {formats.moment(full.at)}, {full.command} ended after "
        f"{formats.lasting(full.seconds)}{resumed}. {full.verdict}{since}{later} "
        "This is what the run wrote down; run it again to know."
    )
    word = f"{'Intact' if full.intact else 'Not intact'}, {formats.ago(full.at, now)}"
    return FactLine(name, "ok" if full.intact and not later else "bad", word, said)


def _later(full: KeptRun | None, newest: KeptRun | None) -> str:
    """A run in part can never say that all holds; what it found counts at once."""
    if newest is None or newest.full or not newest.findings or (full and full.at >= newest.at):
        return ""
    found = formats.plural(newest.findings, "finding")
    return (
        f" A run over {formats.count(newest.checked)} of {formats.count(newest.size)} leaves had "
        f"{found} on {formats.moment(newest.at)}."
    )


def guard_line(guard: Guard) -> FactLine:
    name = GUARDS.get(guard.name, formats.words(guard.name).capitalize())
    held = guard.held
    return FactLine(name, "ok" if held else "bad", "Holds" if held else "Not held", guard.detail)


def _content(state: LogState) -> FactLine:
    erased = formats.plural(state.subjects_erased, "person", "people")
    return FactLine(
        "Content of every entry",
        "open",
        "Not read by this page",
        f"Only a full run reads all {formats.plural(state.size, 'entry', 'entries')} again, the sealed "
        f"bytes of {erased} erased among them. It ends with status 0 when everything holds.",
        command=VERIFY,
    )


def _tree(state: LogState, publication: PublisherState) -> FactLine:
    name = "Tree and checkpoint"
    if publication.code in TREE_FAULTS:
        return FactLine(name, "bad", "Does not hold", publication.problem)
    if not state.size:
        return FactLine(name, "open", "Nothing yet", "The first entry starts the tree.")
    root = state.root.hex()
    grown = state.size - (state.checkpoint_size or 0)
    waits = (
        f" {formats.plural(grown, 'leaf', 'leaves')} wait for the next checkpoint." if grown else ""
    )
    return FactLine(
        name,
        "ok",
        "Holds",
        f"The right edge of the stored tree of {formats.plural(state.size, 'leaf', 'leaves')} was "
        f"hashed again and gives its root.{waits}",
        code=root,
        short=formats.digest(root),
    )


def _outside(publication: PublisherState) -> FactLine:
    name = "Checkpoint outside the database"
    if publication.status == "unreachable":
        return FactLine(name, "warn", "Not reachable", publication.problem)
    if publication.status == "refused":
        if publication.code in TREE_FAULTS:
            return FactLine(name, "open", "Not settled", "The stored tree has to be settled first.")
        said = f"{publication.problem} What to do: {publication.drill}."
        return FactLine(name, "bad", "Does not hold", said)
    if publication.published_size is None:
        return FactLine(name, "open", "Nothing yet", "No checkpoint has been published.")
    over = formats.plural(publication.published_size, "leaf", "leaves")
    return FactLine(
        name,
        "ok",
        "Holds",
        f"The signed checkpoint kept outside, over {over}, is a true beginning of the stored tree.",
    )


def _witnesses() -> FactLine:
    return FactLine(
        "Witnesses",
        "open",
        "None configured",
        "No outside party countersigns. Keep checkpoints of your own, and compare them on an "
        "entry's page.",
    )
