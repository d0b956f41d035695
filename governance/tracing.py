"""One id per request or task, on every log line written meanwhile (W3C Trace Context, level 1)."""

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest

# §3.2.2: version ff and ids of zeros are invalid; a later version may carry more fields.
_TRACEPARENT = re.compile(
    r"\A(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?\Z"
)
TRACE_ID = "rationale.trace_id"  # in a request's META, where headers are HTTP_…
_current: ContextVar[str] = ContextVar("trace_id", default="")


def trace_id() -> str:
    """The id of what this thread is doing now (32 hex digits), or empty outside a request or task."""
    return _current.get()


def trace_of(traceparent: str | None) -> str:
    """The caller's id if ``traceparent`` is a valid header value, else a new one."""
    given = _TRACEPARENT.match(traceparent) if traceparent else None
    return given[1] if given else secrets.token_hex(16)


@contextmanager
def traced(traceparent: str | None = None) -> Iterator[str]:
    """Within, ``trace_id()`` is ``trace_of(traceparent)``."""
    token = _current.set(trace_of(traceparent))
    try:
        yield _current.get()
    finally:
        _current.reset(token)


class TraceFilter(logging.Filter):
    """Puts the id on each line, and of a request that a line is about no more than its path: what is
    searched for stands in the query, and may be a person's reference."""

    def filter(self, record: logging.LogRecord) -> bool:
        # A line with several handlers comes here for each of them.
        trace = trace_id() or getattr(record, "trace_id", "")
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            # Django writes the line about a refusal after the middlewares, when the id is over.
            trace = trace or request.META.get(TRACE_ID, "")
            record.request = f"{request.method} {request.path}"
        record.trace_id = trace
        return True
