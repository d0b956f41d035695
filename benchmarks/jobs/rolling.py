"""Facts of decisions, added up into cells by the database."""

from __future__ import annotations

import time
from datetime import date, timedelta
from uuid import uuid4

import numpy as np
from django.db import connection, transaction

from fairness import cells
from fairness.cells import LABELS, SCORES, FactRow
from fairness.derivation import WHOLE
from fairness.models import Version

BATCH = 2000
# Forty combinations of segments, two labels, three true labels, a thousand score bins.
_FILL = """
INSERT INTO fairness_fact (entry_id, stratum, version, day, label, effective, truth, bin, weight, square,
  score, leaf_index, contradicted, latest)
SELECT gen_random_uuid(), (random() * 39)::int, %s, date '2026-01-05' + (i %% %s), 1 + (s > 0.5)::int,
  1 + (s > 0.5)::int, (random() * 2)::int, least((s * 1000)::int, 999), 1000000, 1000000,
  round(s::numeric, 6), i, false, i
FROM (SELECT i, random() AS s FROM generate_series(1, %s) i) x"""
_BARE = "SELECT count(*) FROM (SELECT {keys}, count(*) AS n FROM fairness_fact WHERE {facts} GROUP BY {places}) x"


def fill(facts: int, days: int) -> None:
    """Facts of so many days in place of those there were."""
    version, _ = Version.objects.get_or_create(use_case="rolling", model_ref="m@1")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM fairness_fact")
        cursor.execute(_FILL, [version.pk, days, facts])
        cursor.execute("VACUUM ANALYZE fairness_fact")


def roll_up() -> float:
    """Seconds of all cells from all facts, commit included; taking the old ones away is not."""
    with transaction.atomic():
        cells.clear()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM fairness_cell, fairness_scorecell")
    begun = time.perf_counter()
    with transaction.atomic():
        cells.fill()
    return time.perf_counter() - begun


def bare() -> float:
    """Seconds of GROUP BY of the same rows by the same keys, which only counts."""
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for table in (LABELS, SCORES):
            keys = ", ".join(table.keys.values())
            query = _BARE.format(keys=keys, facts=table.facts, places=table.places)
            cursor.execute(query)
    return time.perf_counter() - begun


def follow(facts: int) -> float:
    """Seconds to write so many new facts and count them, a batch at a time as the follower does."""
    version = Version.objects.get().pk
    drawn = np.random.default_rng(1).random((facts, 3))
    made = [_fact(version, *row) for row in drawn.tolist()]
    begun = time.perf_counter()
    for start in range(0, facts, BATCH):
        cells.add(made[start : start + BATCH])
    return time.perf_counter() - begun


def _fact(version: int, score: float, group: float, known: float) -> FactRow:
    label = 1 + (score > 0.5)
    return FactRow(
        entry_id=uuid4(),
        stratum=int(group * 40),
        version=version,
        day=date(2026, 1, 5) + timedelta(days=int(group * 7)),
        label=label,
        effective=label,
        truth=int(known * 3),
        bin=int(score * 1000),
        weight=WHOLE,
        square=WHOLE,
        score=round(score, 6),
        error=None,
        leaf_index=1,
        truth_leaf=None,
        lag=None,
        contradicted=False,
        told=None,
        latest=1,
    )
