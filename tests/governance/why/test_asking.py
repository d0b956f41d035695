"""Reading a why asks for what would have changed an adverse outcome, within the time it may wait."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from explain import answering
from explain.models import Question
from governance.demo.decisions import USE_CASE
from governance.why import reading
from governance.why.reading import read_why
from tests.factories import World, catch_up


def read(key: str, wait_seconds: float, audience: str = "reviewer") -> Any:
    return read_why(
        key=key,
        use_cases={USE_CASE},
        audience=audience,
        actor="user:test",
        wait_seconds=wait_seconds,
    )


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A worker that answers at once; how long each caller would have waited."""
    waits: list[float] = []

    def answered(question: UUID, seconds: float) -> bool:
        waits.append(seconds)
        answering.answer_one(question)
        return True

    monkeypatch.setattr(reading, "wait_until_answered", answered)
    return waits


def test_an_adverse_outcome_is_asked_about_once(world: World, worker: list[float]) -> None:
    assert read(world.denied, 0).recourse.state == "not_computed"
    assert worker == []
    first = read(world.denied, 0.5)
    assert first.recourse.state == "ready"
    assert worker == [0.0]  # its explanation was ready: nobody is kept waiting
    again = read(world.denied, 0.5)
    assert again.recourse == first.recourse
    assert len(worker) == Question.objects.count() == 1
    assert read(world.denied, 0, "subject").recourse.answers[0].probability is None


def test_a_favourable_outcome_is_not_asked_about(world: World, worker: list[float]) -> None:
    assert read(world.approved, 0.5).recourse.state == "not_applicable"
    assert read(world.unregistered, 0.5).recourse.state == "not_available"
    assert read(world.erased, 0.5).recourse.state == "erased"
    assert worker == []


def test_a_worker_that_is_slow_leaves_it_pending(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "wait_until_answered", lambda question, seconds: False)
    answer = read(world.denied, 0.01)
    assert answer.recourse.state == "pending"
    assert answer.recourse.id == Question.objects.get().id


def test_the_timeline_names_what_was_computed(world: World, worker: list[float]) -> None:
    read(world.denied, 0.5)
    catch_up(explain=False)
    texts = [item.text for item in read(world.denied, 0).timeline]
    assert texts.count("Explanation computed") == 1
    assert texts.count("Recourse computed") == 1
