"""Summaries of a version's explanations: of the newest, anew when something is new, without the erased."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import erasure, sequencer
from explain.models import Explanation, Summary
from explain.overview import dependence, overview, swarm
from explain.summaries import stale, summarise
from governance.demo.applications import FEATURES
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.explain.conftest import VOICE, Credit
from tests.explain.test_explanations import settle

Record = Callable[[dict[str, Any]], UUID]
RecordAll = Callable[[Iterable[dict[str, Any]]], list[UUID]]
MANY = 24


@pytest.fixture
def explained(credit: Credit, record_all: RecordAll) -> list[UUID]:
    credit.register()
    ids = record_all(credit.body(at) for at in range(MANY))
    settle()
    return ids


def test_it_says_what_the_stored_explanations_say(explained: list[UUID]) -> None:
    assert overview(MODEL_REF) is None
    assert stale() == [MODEL_REF]
    assert summarise(MODEL_REF)
    assert stale() == []

    found = overview(MODEL_REF)
    assert found is not None
    phi = np.array(list(Explanation.objects.values_list("phi", flat=True)))
    sizes = dict(zip(FEATURES, np.abs(phi).mean(axis=0), strict=True))
    assert found.rows == MANY
    assert {one.feature: one.mean for one in found.importance} == pytest.approx(sizes)
    assert [one.mean for one in found.importance] == pytest.approx(
        sorted(sizes.values(), reverse=True)
    )
    assert {one.name for one in found.quality} == {
        "residual", "lime_r2", "rank_agreement", "top4_overlap", "stability",
    }  # fmt: skip
    assert all(sum(one.counts) == one.n for one in found.quality)
    assert found.adverse <= MANY
    assert {one.name for one in found.segments} <= {"sex", "age_band", "foreign_worker"}

    bins = dependence(MODEL_REF, "duration_months")
    assert bins is not None
    assert sum(one.n for one in bins.bins) == MANY
    assert dependence(MODEL_REF, "nothing") is None

    dots = swarm(MODEL_REF)
    assert dots is not None
    assert (dots.n, dots.rows) == (MANY, MANY)
    assert [one.feature for one in dots.clouds] == [one.feature for one in found.importance]
    assert {len(one.phi) for one in dots.clouds} == {MANY}
    assert np.mean(np.abs(dots.clouds[0].phi)) == pytest.approx(found.importance[0].mean, rel=1e-3)


def test_one_made_before_there_were_dots_is_made_anew(explained: list[UUID]) -> None:
    summarise(MODEL_REF)
    row = Summary.objects.get(model_ref=MODEL_REF)
    del row.body["swarm"]
    row.save()
    assert (swarm(MODEL_REF), stale()) == (None, [MODEL_REF])


def test_it_is_made_anew_when_there_is_a_newer_one(
    credit: Credit, record: Record, explained: list[UUID]
) -> None:
    summarise(MODEL_REF)
    record(credit.body(MANY))
    settle()
    assert stale() == [MODEL_REF]
    summarise(MODEL_REF)
    found = overview(MODEL_REF)
    assert found is not None
    assert found.rows == MANY + 1


def erase(entry_id: UUID) -> None:
    erasure.erase(
        actor=VOICE.actor,
        subject=Explanation.objects.get(entry_id=entry_id).subject_id,
        use_case=USE_CASE,
        reason="asked",
        request_id="r",
        legal_basis="GDPR 17",
    )


def test_it_is_made_anew_without_the_erased(explained: list[UUID]) -> None:
    summarise(MODEL_REF)
    erase(explained[3])
    sequencer.sequence_once()
    settle()
    assert stale() == [MODEL_REF]
    summarise(MODEL_REF)
    found = overview(MODEL_REF)
    assert found is not None
    assert found.rows == MANY - 1


def test_nothing_is_kept_when_all_are_erased(credit: Credit, record: Record) -> None:
    credit.register()
    only = record(credit.body(0))
    settle()
    summarise(MODEL_REF)
    erase(only)
    sequencer.sequence_once()
    settle()
    assert stale() == [MODEL_REF]
    assert summarise(MODEL_REF) is False
    assert (overview(MODEL_REF), stale()) == (None, [])


def test_it_is_of_the_newest_only(explained: list[UUID], settings: Any) -> None:
    settings.EXPLAIN_SUMMARY_ROWS = 10
    summarise(MODEL_REF)
    found = overview(MODEL_REF)
    assert found is not None
    assert found.rows == 10
    assert Summary.objects.get().newest == max(explained)


def test_reading_it_costs_the_same_however_many_there_are(explained: list[UUID]) -> None:
    summarise(MODEL_REF)
    with CaptureQueriesContext(connection) as counted:
        overview(MODEL_REF)
        dependence(MODEL_REF, "amount")
    assert len(counted) == 4


def test_a_version_without_explanations_has_none(credit: Credit, record: Record) -> None:
    credit.register()
    assert stale() == []
    assert summarise(MODEL_REF) is False
    assert overview(MODEL_REF) is None
