"""Trace ids: the caller's when valid, and on every line logged meanwhile."""

import logging

import pytest

from governance.celery import TracedTask, app
from governance.tracing import TraceFilter, trace_id, traced

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"01-{TRACE}-{PARENT}-01-what-the-future-brings", True),
        (f"ff-{TRACE}-{PARENT}-01", False),
        (f"00-{'0' * 32}-{PARENT}-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"00-{TRACE.upper()}-{PARENT}-01", False),
        (f"00-{TRACE}-{PARENT}", False),
        (f"00-{TRACE}-{PARENT}-01\n", False),
        ("", False),
        (None, False),
    ],
)
def test_a_valid_parent_is_taken_over(header: str | None, taken: bool) -> None:
    with traced(header) as trace:
        assert (trace == TRACE) is taken
        assert len(trace) == 32
        assert int(trace, 16) > 0
        assert trace_id() == trace
    assert trace_id() == ""


def test_every_line_carries_the_id() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "said", None, None)
    with traced() as trace:
        assert TraceFilter().filter(record)
    assert record.trace_id == trace


def test_a_task_has_an_id_of_its_own() -> None:
    class Ask(TracedTask):
        name = "tests.ask"

        def run(self) -> str:
            return trace_id()

    ask = app.register_task(Ask())
    first, second = ask(), ask()
    assert (len(first), len(second), first != second) == (32, 32, True)
