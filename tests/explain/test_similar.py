"""The past decisions nearest to one: exact, the same every time, and nobody erased among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from audit import erasure
from explain import similar
from explain.likeness import MOST, likeness
from explain.models import Explanation, Similar
from explain.similar import find_similar
from governance.demo.decisions import USE_CASE
from tests.explain.conftest import VOICE, Credit
from tests.explain.test_explanations import settle

Record = Callable[[dict[str, Any]], UUID]
RecordAll = Callable[[Iterable[dict[str, Any]]], list[UUID]]
MANY = 16


@pytest.fixture(autouse=True)
def a_worker_just_started() -> None:
    similar._kept.clear()


@pytest.fixture
def explained(credit: Credit, record_all: RecordAll) -> list[UUID]:
    credit.register()
    ids = record_all(credit.body(at) for at in range(MANY))
    settle()
    return ids


def test_by_explanation_they_are_the_nearest_of_all(explained: list[UUID]) -> None:
    assert likeness(explained[0], "explanation") is None
    assert find_similar(explained[0], "explanation")
    found = likeness(explained[0], "explanation")
    assert found is not None
    rows = dict(Explanation.objects.values_list("entry_id", "phi"))
    own = np.array(rows.pop(explained[0]))
    distances = {one: float(np.linalg.norm(np.array(phi) - own)) for one, phi in rows.items()}
    expected = sorted(distances, key=lambda one: (distances[one], one))[:MOST]
    assert [one for one, _ in found.neighbours] == expected
    assert [far for _, far in found.neighbours] == pytest.approx(
        [distances[one] for one in expected]
    )
    assert found.among == MANY - 1


def test_by_features_the_same_application_is_nearest(
    credit: Credit, record: Record, explained: list[UUID]
) -> None:
    twin = record({**credit.body(5), "id": "again", "subject": "somebody-else"})
    settle()
    find_similar(twin, "features")
    found = likeness(twin, "features")
    assert found is not None
    assert found.neighbours[0] == (explained[5], 0.0)
    assert all(0 <= far <= 1 for _, far in found.neighbours)


def test_a_warm_worker_answers_as_a_fresh_one(
    credit: Credit, record: Record, explained: list[UUID]
) -> None:
    for space in ("explanation", "features"):
        find_similar(explained[1], space)
    record(credit.body(MANY))
    settle()
    for space in ("explanation", "features"):
        find_similar(explained[0], space)
        warm = likeness(explained[0], space)
        similar._kept.clear()
        find_similar(explained[0], space)
        fresh = likeness(explained[0], space)
        assert warm is not None and fresh is not None
        assert (warm.neighbours, warm.among) == (fresh.neighbours, MANY)


def erase(entry_id: UUID) -> None:
    erasure.erase(
        actor=VOICE.actor,
        subject=Explanation.objects.get(entry_id=entry_id).subject_id,
        use_case=USE_CASE,
        reason="asked",
        request_id="r",
        legal_basis="GDPR 17",
    )


def test_erased_people_are_found_no_more_even_before_the_follower_came(
    explained: list[UUID],
) -> None:
    find_similar(explained[0], "explanation")
    before = likeness(explained[0], "explanation")
    assert before is not None
    nearest = before.neighbours[0][0]
    erase(nearest)
    find_similar(explained[0], "explanation")
    after = likeness(explained[0], "explanation")
    assert after is not None
    assert nearest not in [one for one, _ in after.neighbours]
    assert after.neighbours[0] == before.neighbours[1]


def test_what_was_found_forgets_them_too(explained: list[UUID]) -> None:
    find_similar(explained[0], "explanation")
    before = likeness(explained[0], "explanation")
    assert before is not None
    gone = before.neighbours[0][0]
    find_similar(gone, "explanation")
    erase(gone)
    from audit import sequencer

    sequencer.sequence_once()
    settle()
    after = likeness(explained[0], "explanation")
    assert after is not None
    assert after.neighbours == before.neighbours[1:]
    assert not Similar.objects.filter(entry_id=gone).exists()


def test_memory_is_bounded_in_rows_and_in_versions(
    explained: list[UUID], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EXPLAIN_SIMILAR_ROWS = 6
    find_similar(explained[0], "explanation")
    found = likeness(explained[0], "explanation")
    assert found is not None
    assert found.among == 6  # the six newest, and this one itself beside them
    monkeypatch.setattr(similar, "BUDGET", 1)
    find_similar(explained[0], "features")
    assert list(similar._kept) == [
        (Explanation.objects.get(entry_id=explained[0]).model_ref, "features")
    ]


def test_what_is_not_explained_is_not_placed(credit: Credit, record: Record) -> None:
    credit.register()
    assert find_similar(uuid4(), "explanation") is False
