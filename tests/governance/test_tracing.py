"""Trace ids: the caller's when valid, and on every line logged meanwhile."""

import json
import logging
import logging.config

import pytest
from django.conf import settings
from django.test import RequestFactory

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


def test_what_was_asked_for_is_not_kept_in_the_log_of_the_process() -> None:
    """A person's reference in a query would outlive their erasure there."""
    request = RequestFactory().get("/api/v1/decisions", {"subject": "cust-77", "odd": "1"})
    made = logging.config.DictConfigurator(settings.LOGGING)
    formatter = made.configure_formatter(dict(settings.LOGGING["formatters"]["json"]))
    record = logging.makeLogRecord(
        {"msg": "Unprocessable Entity: %s", "args": (request.path,), "request": request}
    )
    record.status_code = 422
    said = formatter.format(record)
    assert "cust-77" not in said
    assert "/api/v1/decisions" in said
    assert json.loads(said)["status_code"] == 422
