"""Who comes at the same time is served together; each gets its own answer, or its own exception."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Thread

import pytest

from audit import gathering
from audit.gathering import Gathering
from tests.audit.company import at_once, somebody_served


class Kitchen:
    """Doubles numbers; knows who was served with whom. Odd ones cannot be served in company."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.alone: list[int] = []
        self.together: list[list[int]] = []
        self.fault = fault
        self.gathering = Gathering[int, int](
            alone=self._alone, together=self._together, weigh=lambda one: one
        )

    def _alone(self, one: int) -> int:
        self.alone.append(one)
        if one < 0:
            raise ValueError("less than nothing")
        return 2 * one

    def _together(self, some: Sequence[int]) -> list[int | None]:
        self.together.append(sorted(some))
        if self.fault:
            raise self.fault
        return [None if one % 2 else 2 * one for one in some]

    def ask(self, *some: int) -> list[object]:
        asked: list[Callable[[], int]] = [partial(self.gathering.serve, one) for one in some]
        return at_once(self.gathering, *asked)


def test_who_comes_alone_is_served_alone() -> None:
    kitchen = Kitchen()
    assert [kitchen.gathering.serve(one) for one in (1, 2)] == [2, 4]
    assert (kitchen.alone, kitchen.together) == ([1, 2], [])


def test_who_comes_at_the_same_time_is_served_together() -> None:
    kitchen = Kitchen()
    assert kitchen.ask(2, 4, 6) == [4, 8, 12]
    assert (kitchen.alone, kitchen.together) == ([], [[2, 4, 6]])


def test_who_cannot_be_served_in_company_is_served_alone() -> None:
    kitchen = Kitchen()
    assert kitchen.ask(2, 3, 4, 5) == [4, 6, 8, 10]
    assert (sorted(kitchen.alone), kitchen.together) == ([3, 5], [[2, 3, 4, 5]])


def test_a_fault_of_the_whole_lets_each_be_served_alone() -> None:
    kitchen = Kitchen(RuntimeError("no gas"))
    assert kitchen.ask(2, 4) == [4, 8]
    assert (sorted(kitchen.alone), kitchen.together) == ([2, 4], [[2, 4]])


def test_an_exception_reaches_its_caller_and_nobody_waits_for_ever() -> None:
    kitchen = Kitchen()
    answers = kitchen.ask(-1, 2)
    assert [type(one) for one in answers] == [ValueError, int]
    with pytest.raises(ValueError, match="less than nothing"):
        kitchen.gathering.serve(-1)
    assert kitchen.gathering.serve(4) == 8
    assert not kitchen.gathering._busy


@pytest.mark.parametrize(("limit", "most"), [("MOST", 2), ("MOST_BYTES", 5)])
def test_a_company_has_an_end(monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    kitchen = Kitchen()
    monkeypatch.setattr(gathering, limit, most)
    assert kitchen.ask(2, 2, 2, 2, 2) == [4] * 5
    assert (kitchen.together, kitchen.alone) == ([[2, 2], [2, 2]], [2])


def test_whoever_had_company_waits_for_as_much_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kitchen = Kitchen()
    kitchen.ask(2, 4, 6)
    monkeypatch.setattr(gathering, "PATIENCE", 30)
    answers: list[int] = []

    def come(number: int) -> None:
        answers.append(kitchen.gathering.serve(number))

    threads = [Thread(target=come, args=(number,)) for number in (2, 4, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == [4, 8, 12]
    assert kitchen.together == [[2, 4, 6], [2, 4, 6]]


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    kitchen = Kitchen()
    kitchen.ask(2, 4)
    monkeypatch.setattr(gathering, "PATIENCE", 0.001)
    assert kitchen.gathering.serve(8) == 16
    # Nobody came, so nobody is waited for any more.
    monkeypatch.setattr(gathering, "PATIENCE", 30)
    assert kitchen.gathering.serve(10) == 20
    assert kitchen.alone == [8, 10]


def test_somebody_who_comes_meanwhile_waits_without_being_served() -> None:
    kitchen = Kitchen()
    answers: list[int] = []
    thread = Thread(target=lambda: answers.append(kitchen.gathering.serve(2)))
    with somebody_served(kitchen.gathering):
        thread.start()
        thread.join(0.05)
        assert answers == []
    thread.join(20)
    assert answers == [4]
