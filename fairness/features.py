"""Features rolled up per week: each decision of a version with a reference is coded once and counted.

The walk goes along the follower's facts, so that it sees what they hold: history when a reference is
new, whatever comes later, and nobody erased.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, LiteralString
from uuid import UUID

from audit.binary import execute, rows
from audit.queries import payloads
from fairness.models import Coded, Decided, Reference
from fairness.references import MISSING, UNSEEN, category_of, number_of

PAGE: Final = 1000

_EACH: Final[LiteralString] = """
SELECT version, week, (f.at - 1)::smallint AS feature, f.code, f.name, count(*) AS decisions,
  coalesce(sum(f.number::text::numeric), 0) AS total
FROM changed, unnest(codes, numbers, names) WITH ORDINALITY AS f (code, number, name, at)
GROUP BY 1, 2, 3, 4, 5"""
_COUNT: Final[LiteralString] = f"""
WITH changed AS (SELECT * FROM fairness_coded WHERE entry_id = ANY (%b::uuid[]))
INSERT INTO fairness_featurecell AS c (version, week, feature, code, name, decisions, total)
{_EACH} ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (version, week, feature, code, name)
DO UPDATE SET decisions = c.decisions + excluded.decisions, total = c.total + excluded.total"""  # noqa: S608
_FORGET: Final[LiteralString] = f"""
WITH changed AS (DELETE FROM fairness_coded WHERE subject_id = ANY (%b::uuid[]) RETURNING *),
gone AS ({_EACH})
UPDATE fairness_featurecell c SET decisions = c.decisions - gone.decisions, total = c.total - gone.total
FROM gone WHERE (c.version, c.week, c.feature, c.code, c.name)
  = (gone.version, gone.week, gone.feature, gone.code, gone.name)"""  # noqa: S608
_EMPTY: Final[LiteralString] = "DELETE FROM fairness_featurecell WHERE decisions = 0"


def forget(subjects: Collection[UUID]) -> None:
    """Take these people's features out of everything here."""
    execute(_FORGET, [list(subjects)])
    execute(_EMPTY, [])


def step(row: Reference, upto: int) -> int:
    """Code the next page of a version's decisions below ``upto``; how many. Call it inside
    ``facts.held``: then nobody is erased in the meantime."""
    page = list(
        Decided.objects.filter(version=row.version, leaf_index__gte=row.place, leaf_index__lt=upto)
        .order_by("leaf_index")
        .values_list("entry_id", "subject_id", "decided_at", "leaf_index")[:PAGE]
    )
    bodies = {one.entry_id: one for one in payloads([entry for entry, *_ in page])} if page else {}
    made = [
        _coded(row, entry, subject, decided_at, bodies[entry].features or bodies[entry].inputs)
        for entry, subject, decided_at, _ in page
        if entry in bodies and not bodies[entry].erased and not bodies[entry].damage
    ]
    Coded.objects.bulk_create(made)
    if made:
        execute(_COUNT, [[one.entry_id for one in made]])
    row.place = page[-1][3] + 1 if len(page) == PAGE else upto
    row.save(update_fields=["place"])
    return len(page)


def restart(version: int) -> None:
    """Forget what is coded of a version, to be coded again from the beginning. Call it inside
    ``facts.held``."""
    Coded.objects.filter(version=version).delete()
    execute("DELETE FROM fairness_featurecell WHERE version = %b", [version])
    Reference.objects.filter(version=version).update(place=0)


def content() -> list[tuple[Any, ...]]:
    """All counts of features, in order."""
    return rows(
        "SELECT version, week, feature, code, name, decisions, trim_scale(total) "
        "FROM fairness_featurecell ORDER BY 1, 2, 3, 4, 5",
        [],
    )


def _coded(
    row: Reference, entry: UUID, subject: UUID, decided_at: datetime, said: Mapping[str, Any]
) -> Coded:
    coded = [_code(feature, said.get(feature["name"])) for feature in row.features]
    return Coded(
        entry_id=entry,
        subject_id=subject,
        version=row.version,
        week=_monday(decided_at),
        codes=[code for code, _, _ in coded],
        numbers=[number for _, number, _ in coded],
        names=[name for _, _, name in coded],
    )


def _code(feature: Mapping[str, Any], value: Any) -> tuple[int, float | None, str]:
    """Code, number and name: of a number the bin (as drift.histograms has them), of a category
    its place among the reference's."""
    if feature["kind"] == "number":
        number = number_of(value)
        if number is None:
            return MISSING, None, ""
        return _bin(feature["edges"], number), number, ""
    name = category_of(value)
    if name is None:
        return MISSING, None, ""
    known = feature["categories"]
    return (0, None, name) if name in known else (UNSEEN, None, name)


def _bin(edges: Sequence[float], number: float) -> int:
    at = bisect_right(edges, number)
    return at - 1 if number == edges[-1] else at


def _monday(moment: datetime) -> date:
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
