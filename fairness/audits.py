"""New York City's bias audit (6 RCNY 5-301) of a window, from single decisions: people as they said
themselves. Whoever's sex or race is only inferred, or not known, is counted as unknown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from django.db import connection

from fairness import codes
from fairness.local_law_144 import Comparison, compare
from fairness.policy import Content
from fairness.suppression import shown
from fairness.tables import Window, versions

Tool = Literal["selects", "scores"]
TOOLS: Final[tuple[Tool, ...]] = ("selects", "scores")

# One row per decision: an attribute is known where all its parts agree.
_PEOPLE: Final = """
WITH part AS (
  SELECT f.entry_id, f.label = ANY (%(favourable)s) AS selected, f.score,
    s.segments ->> %(sex)s AS sex, s.segments ->> %(race)s AS race
  FROM fairness_fact f JOIN fairness_stratum s ON s.id = f.stratum
  WHERE f.version = ANY (%(versions)s) AND f.day >= %(since)s AND f.day < %(until)s AND {of_tool}
), person AS (
  SELECT entry_id, bool_or(selected) AS selected, max(score) AS score,
    CASE WHEN count(sex) = count(*) AND min(sex) = max(sex) THEN min(sex) END AS sex,
    CASE WHEN count(race) = count(*) AND min(race) = max(race) THEN min(race) END AS race
  FROM part GROUP BY entry_id
), median AS (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS value FROM person)
SELECT sex, race, count(*), count(*) FILTER (WHERE {favoured}), (SELECT value FROM median)::float8
FROM person GROUP BY sex, race ORDER BY sex, race"""


@dataclass(frozen=True, slots=True)
class BiasAudit:
    """``tool``: selects (selection rates) or scores (scoring rates: the share strictly above
    ``median``, that of the full sample). ``unknown``: people left out of all three comparisons,
    whose sex or race is not known; ``total`` counts them."""

    tool: Tool
    total: int
    unknown: int
    median: float | None
    sex: Comparison
    race: Comparison
    intersections: Comparison


def bias_audit(window: Window, content: Content, *, tool: Tool, sex: str, race: str) -> BiasAudit:
    """Categories by sex, by race and ethnicity, and by both. ``sex`` and ``race`` name the segments."""
    scores = tool == "scores"
    query = _PEOPLE.format(
        of_tool="f.score IS NOT NULL" if scores else "f.label <> 0",
        favoured="score > (SELECT value FROM median)" if scores else "selected",
    )
    values: dict[str, Any] = {
        "favourable": codes.known_words(content.favourable),
        "versions": versions(window),
        "since": window.since,
        "until": window.until,
        "sex": sex,
        "race": race,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = list(cursor)
    known = [(one, two, n, k) for one, two, n, k, _ in rows if one is not None and two is not None]
    total = sum(row[2] for row in rows)
    return BiasAudit(
        tool=tool,
        total=total,
        unknown=total - sum(row[2] for row in known),
        median=rows[0][4] if rows and scores else None,
        sex=_compared([((one,), n, k) for one, _, n, k in known]),
        race=_compared([((two,), n, k) for _, two, n, k in known]),
        intersections=_compared([((one, two), n, k) for one, two, n, k in known]),
    )


def without_small(audit: BiasAudit, small: int) -> BiasAudit:
    """Without categories of too few people, and those that would tell of them."""
    sexes = [one.name[0] for one in audit.sex.categories]
    races = [one.name[0] for one in audit.race.categories]
    if not sexes:
        return audit
    table = np.zeros((len(sexes), len(races)))
    for one in audit.intersections.categories:
        table[sexes.index(one.name[0]), races.index(one.name[1])] = one.number
    seen = shown(table, small=small)
    cells = {
        (sex, race)
        for at, sex in enumerate(sexes)
        for place, race in enumerate(races)
        if seen.cells[at, place]
    }
    return replace(
        audit,
        sex=_kept(
            audit.sex, {(name,) for name, here in zip(sexes, seen.sums[0,], strict=True) if here}
        ),
        race=_kept(
            audit.race, {(name,) for name, here in zip(races, seen.sums[1,], strict=True) if here}
        ),
        intersections=_kept(audit.intersections, cells),
    )


def _kept(comparison: Comparison, names: Collection[tuple[str, ...]]) -> Comparison:
    kept = tuple(one for one in comparison.categories if one.name in names)
    return Comparison(kept, comparison.reference if comparison.reference in names else None)


def _compared(rows: list[tuple[tuple[str, ...], int, int]]) -> Comparison:
    sums: dict[tuple[str, ...], tuple[int, int]] = {}
    for name, number, favoured in rows:
        n, k = sums.get(name, (0, 0))
        sums[name] = (n + number, k + favoured)
    names = sorted(sums)
    return compare(names, [sums[name][0] for name in names], [sums[name][1] for name in names])
