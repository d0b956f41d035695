"""The follower that turns the log into facts: how each decision counts, from all that was said of it.

What was said is kept as it came; whenever more is said, the decisions it is about are derived anew
from all of it, so that the order in which it came leaves no trace. Cells move with the facts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, LiteralString
from uuid import UUID

from audit import places
from audit.binary import execute, rows
from audit.leaves import Leaf, LoggedEntry
from audit.projections.readings import columns
from fairness import cells, codes, features
from fairness.deriving import derive
from fairness.models import Decided, Report, Statement
from fairness.readings import DecidedRow, Rows, read

NAME: Final = "fairness"
BATCH: Final = 2000

Progress = Callable[[int, int], None]

_ADD_DECIDED: Final[LiteralString] = """
INSERT INTO fairness_decided (entry_id, leaf_index, version, subject_id, decided_at, label, score)
SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::int[], %b::uuid[], %b::timestamptz[], %b::text[],
  %b::float8[]) ON CONFLICT (entry_id) DO NOTHING"""
_ADD_REPORTS: Final[LiteralString] = """
INSERT INTO fairness_report
  (entry_id, leaf_index, decision, kind, name, corrects, label, value, source, observed_at,
   recorded_at)
SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::uuid[], %b::text[], %b::text[], %b::text[],
  %b::text[], %b::float8[], %b::text[], %b::timestamptz[], %b::timestamptz[])
ON CONFLICT (entry_id) DO NOTHING"""
_ADD_STATEMENTS: Final[LiteralString] = """
INSERT INTO fairness_statement (entry_id, leaf_index, subject_id, decision, stated_at, shares)
SELECT x.a, x.b, x.c, x.d, x.e, x.f::jsonb FROM unnest(%b::uuid[], %b::bigint[], %b::uuid[],
  %b::uuid[], %b::timestamptz[], %b::text[]) x (a, b, c, d, e, f) ON CONFLICT (entry_id) DO NOTHING"""


def follow(limit: int = BATCH) -> int:
    """Take in the next entries of the log, at most ``limit``; how many were passed (places.advance)."""
    return places.advance(NAME, limit, _handle)


def catch_up(seconds: float = 20.0) -> int:
    """Follow until nothing is left, or that time is over; how many entries were passed."""
    until, passed = time.monotonic() + seconds, 0
    while time.monotonic() < until and (now := follow()):
        passed += now
    return passed


def follower_place() -> int:
    """The next leaf that will be taken in: facts hold all before it."""
    found = rows("SELECT next_index FROM audit_place WHERE name = %b", [NAME])
    return int(found[0][0]) if found else 0


@contextmanager
def held() -> Iterator[int]:
    """A transaction in which nothing else changes facts; gives the next leaf that will be read."""
    with places.hold(NAME) as place:
        yield place


def refresh(entries: Collection[UUID]) -> None:
    """Derive these decisions anew and let facts and cells follow. Unknown entries are passed over."""
    if not entries:
        return
    change = derive(entries)
    cells.remove(change.removed)
    cells.add(change.added)
    if change.removed:
        codes.forget_strata({stratum for _, stratum in change.removed})


def rebuild(progress: Progress) -> None:
    """Make everything again from the log, a batch at a time, while readers and writers go on.

    ``progress(done, total)`` is called after each batch. A crash leaves a good state; begin again.
    """
    first = 0
    while passed := places.again(NAME, first, BATCH, _handle, undo=_clear):
        first += passed
        progress(first, max(first, first + places.lag(NAME)))
    with held() as place:
        _sweep(place)
        cells.recount()
        execute(_STRAY_STRATA, [])
        codes.forget_words()


def _handle(entries: list[LoggedEntry]) -> None:
    said = read(entries)
    _write(said)
    refresh(_touched(said))
    if said.erased:
        forget(said.erased)
    if entries:
        _mark(entries[-1].leaf_index, said)


def _write(said: Rows) -> None:
    if said.decided:
        by_name = codes.versions({(row.use_case, row.model_ref) for row in said.decided})
        made = [_decided(row, by_name[row.use_case, row.model_ref]) for row in said.decided]
        execute(_ADD_DECIDED, columns(made))
    if said.reports:
        execute(_ADD_REPORTS, columns(said.reports))
    if said.statements:
        execute(_ADD_STATEMENTS, columns(said.statements))


def _decided(row: DecidedRow, version: int) -> tuple[Any, ...]:
    return (
        row.entry_id,
        row.leaf_index,
        version,
        row.subject_id,
        row.decided_at,
        row.label,
        row.score,
    )


def _touched(said: Rows) -> set[UUID]:
    """The decisions of which these rows say something."""
    about = {row.entry_id for row in said.decided} | {row.decision for row in said.reports}
    about |= {row.decision for row in said.statements if row.decision}
    people = {row.subject_id for row in said.statements if not row.decision}
    if people:
        theirs = Decided.objects.filter(subject_id__in=people)
        about |= set(theirs.values_list("entry_id", flat=True))
    return about


def forget(subjects: Collection[UUID]) -> None:
    """Take these people out of everything here: what they said, how they counted, what was counted."""
    theirs = [
        entry
        for (entry,) in rows(
            "DELETE FROM fairness_decided WHERE subject_id = ANY (%b::uuid[]) RETURNING entry_id",
            [list(subjects)],
        )
    ]
    Report.objects.filter(decision__in=theirs).delete()
    Statement.objects.filter(subject_id__in=subjects).delete()
    features.forget(subjects)
    refresh(theirs)
    codes.forget_words()


_MARK: Final[LiteralString] = """
UPDATE fairness_version SET changed = %b WHERE id IN (
  SELECT version FROM fairness_decided WHERE entry_id = ANY (%b::uuid[]))"""


def _mark(leaf: int, said: Rows) -> None:
    """Note which versions have news; after an erasure all, since whose cells they were is forgotten."""
    if said.erased:
        execute("UPDATE fairness_version SET changed = %b", [leaf])
    elif touched := _touched(said):
        execute(_MARK, [leaf, list(touched)])


def _taking(which: LiteralString) -> tuple[LiteralString, ...]:
    """Statements that take back what was said in these rows, and give the decisions it was about."""
    return (
        f"DELETE FROM fairness_decided r WHERE {which} RETURNING entry_id",  # noqa: S608
        f"DELETE FROM fairness_report r WHERE {which} RETURNING decision",  # noqa: S608
        f"""WITH gone AS (DELETE FROM fairness_statement r WHERE {which} RETURNING *)
          SELECT decision FROM gone WHERE decision IS NOT NULL
          UNION SELECT d.entry_id FROM gone JOIN fairness_decided d USING (subject_id)
          WHERE gone.decision IS NULL""",  # noqa: S608
    )


_OF_LEAVES: Final = _taking("leaf_index BETWEEN %b AND %b")
# What stands for no leaf that this follower has passed, or for another entry than the leaf's.
_STRAY: Final = _taking(
    """NOT EXISTS (SELECT FROM audit_entry_leaf l
       WHERE l.entry_id = r.entry_id AND l.leaf_index = r.leaf_index AND l.leaf_index < %b)"""
)
_STRAY_FACTS: Final[LiteralString] = """
SELECT f.entry_id, f.stratum FROM fairness_fact f
WHERE NOT EXISTS (SELECT FROM fairness_decided d WHERE d.entry_id = f.entry_id)"""
_STRAY_STRATA: Final[LiteralString] = """
DELETE FROM fairness_stratum s WHERE NOT EXISTS (SELECT FROM fairness_fact f WHERE f.stratum = s.id)"""


def _clear(leaves: Sequence[Leaf]) -> None:
    """Take back what the entries of these leaves, which follow each other, said."""
    bounds = [leaves[0].index, leaves[-1].index]
    refresh({about for taken in _OF_LEAVES for (about,) in rows(taken, bounds)})


def _sweep(place: int) -> None:
    refresh({about for taken in _STRAY for (about,) in rows(taken, [place])})
    cells.remove([(entry, stratum) for entry, stratum in rows(_STRAY_FACTS, [])])
