"""What happens around every request: a trace id, a measurement, and calm answers to what goes wrong."""

import logging
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from audit.door import Problem
from audit.keys import KeyFault
from governance import metrics
from governance.problems import (
    answer,
    is_api,
    refusal_of,
    server_error,
    server_is_away,
    unavailable,
)
from governance.tracing import TRACE_ID, traced

Answer = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)


class Trace:
    """The caller's ``traceparent``, or a new id; the answer carries it as ``traceresponse``."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with traced(request.headers.get("traceparent")) as trace:
            request.META[TRACE_ID] = trace
            response = self.get_response(request)
            response["traceresponse"] = f"00-{trace}-{secrets.token_hex(8)}-00"
            return response


class Measure:
    """Counts requests by route and status, and times them."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        metrics.count_request(
            route=match.route if match else "other",
            method=request.method or "",
            status=response.status_code,
            seconds=time.perf_counter() - started,
        )
        return response


class Refusals:
    """What a verb or query refuses a page (``audit.door.Problem``) becomes the page that says so."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if isinstance(error, Problem | KeyFault) and (refusal := refusal_of(error)):
            return answer(request, refusal)
        if settings.DEBUG and is_api(request):
            # Django would draw its debugging page, and callers of the API cannot read pages.
            logger.error("unforeseen", exc_info=error)
            return server_error(request)
        return None


class Length:
    """Says how long the answer is, so that the connection can be used again without chunks."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponse) and "Content-Length" not in response:
            response["Content-Length"] = str(len(response.content))
        return response


class DatabaseAway:
    """PostgreSQL (or the cache) stopped, full or read-only: 503 with Retry-After, and no receipt.

    A failure outside the view (saving the session, say) never comes through here: Django turns it
    into a 500 on the way, and ``problems.server_error`` gives it the same answer.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not server_is_away(error):
            return None
        logger.warning("a server is away: %s", type(error).__name__)
        return unavailable(request)
