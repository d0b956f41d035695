"""Past decisions most like one, among the newest of the same version: found by workers, kept as ids.

A worker keeps a version's rows in memory, bounded in rows and in bytes. Before each search it drops
what is no longer there and fetches what is new, so that the answer depends on the database alone and
nobody erased is found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from audit.queries import payloads
from explain.likeness import CHANNEL, MOST, Space, word
from explain.models import Explanation, Similar
from explain.neighbours import Coder, Floats, by_explanation, by_features, nearest
from explain.policies import specifications
from explain.specification import Specification

# Bytes of rows that one worker keeps over all versions; those searched longest ago go first.
BUDGET: Final = 64 << 20
PAGE: Final = 500


class Rows:
    """The encoded rows of one version in one space, by entry id."""

    def __init__(self, spec: Specification, space: Space) -> None:
        self.space = space
        self.coder = Coder(spec.names(), [one.kind == "number" for one in spec.features])
        self.held: dict[UUID, list[float]] = {}

    @property
    def nbytes(self) -> int:
        # What tracemalloc shows of 5,000 rows of 17, 50 and 500 features, rounded up.
        return len(self.held) * (370 + 32 * len(self.coder.names))

    def refresh(self, ids: Sequence[UUID]) -> None:
        wanted = set(ids)
        for gone in self.held.keys() - wanted:
            del self.held[gone]
        new = [one for one in ids if one not in self.held]
        for at in range(0, len(new), PAGE):
            self._fetch(new[at : at + PAGE])

    def _fetch(self, ids: Sequence[UUID]) -> None:
        if self.space == "explanation":
            rows = Explanation.objects.filter(entry_id__in=ids, phi__isnull=False)
            found = rows.values_list("entry_id", "phi")
            self.held.update({entry_id: phi for entry_id, phi in found if phi})
            return
        for one in payloads(ids):
            if not one.erased and not one.damage:
                self.held[one.entry_id] = self.coder.encode(one.features)


@dataclass(frozen=True, slots=True)
class Found:
    ids: list[UUID]
    distances: list[float]
    among: int


_kept: OrderedDict[tuple[str, str], Rows] = OrderedDict()


def find_similar(entry_id: UUID, space: Space) -> bool:
    """Find and keep the decisions nearest to this one, and tell who waits. False when it is not
    explained, so that it cannot be placed among others."""
    ready = Explanation.objects.filter(state=Explanation.State.READY)
    row = ready.filter(entry_id=entry_id).first()
    spec = specifications({row.model_ref}).get(row.model_ref) if row else None
    if row is None or spec is None:
        return False
    found = _search(row, spec, space)
    with transaction.atomic(), connection.cursor() as cursor:
        Similar.objects.update_or_create(
            entry_id=entry_id,
            space=space,
            defaults={
                "subject_id": row.subject_id,
                "neighbours": found.ids,
                "distances": found.distances,
                "among": found.among,
            },
        )
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, word(entry_id, space)])
    return True


def _search(row: Explanation, spec: Specification, space: Space) -> Found:
    rows = _rows(row.model_ref, spec, space)
    rows.refresh(_newest(row))
    width = len(spec.names())
    own = rows.held.get(row.entry_id)
    others = sorted(one for one, held in rows.held.items() if len(held) == width)
    others = [one for one in others if one != row.entry_id]
    if not others or own is None or len(own) != width:
        return Found([], [], 0)
    matrix = np.asarray([rows.held[one] for one in others], np.float64)
    distances = _distances(rows, matrix, np.asarray(own, np.float64))
    chosen = _living([others[at] for at in nearest(distances, 3 * MOST)])[:MOST]
    places = {one: at for at, one in enumerate(others)}
    return Found(chosen, [float(distances[places[one]]) for one in chosen], len(others))


def _newest(row: Explanation) -> list[UUID]:
    """This decision and the newest explained ones of its version, oldest first."""
    ready = Explanation.objects.filter(model_ref=row.model_ref, state=Explanation.State.READY)
    ids = ready.order_by("-entry_id").values_list("entry_id", flat=True)
    return sorted({row.entry_id, *ids[: settings.EXPLAIN_SIMILAR_ROWS]})


def _distances(rows: Rows, matrix: Floats, own: Floats) -> Floats:
    if rows.space == "explanation":
        return by_explanation(matrix, own)
    return by_features(matrix, own, rows.coder.numeric)


def _rows(model_ref: str, spec: Specification, space: Space) -> Rows:
    found = _kept.setdefault((model_ref, space), Rows(spec, space))
    _kept.move_to_end((model_ref, space))
    while len(_kept) > 1 and sum(one.nbytes for one in _kept.values()) > BUDGET:
        _kept.popitem(last=False)
    return found


def _living(ids: Sequence[UUID]) -> list[UUID]:
    """Without those erased whose explanations the follower has not deleted yet."""
    here = {one.entry_id for one in payloads(ids) if not one.erased and not one.damage}
    return [one for one in ids if one in here]
