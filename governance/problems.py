"""Every error of the API as RFC 9457 ``application/problem+json``; under /api/ there is no HTML.

Members: ``type`` (``/problems/<code>``), ``title``, ``status``, ``detail``, ``instance`` (the
path), ``trace_id``, and where parts of the input are at fault ``errors``: pointer (RFC 6901), code,
detail. Elsewhere the same refusals are pages: templates/errors/.
"""

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import psycopg
import redis
from django.core import exceptions
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template import loader
from django.utils.encoding import escape_uri_path
from django.views import csrf
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions as drf

from audit.door import Invalid, Problem, Unavailable
from audit.keys import KeyFault
from governance.tracing import trace_id

logger = logging.getLogger(__name__)
PAGES = frozenset({400, 403, 404, 429, 500, 503})
MEDIA_TYPE = "application/problem+json"
NO_VOICE = "Send an API key (Authorization: Bearer rk_…), or sign in."
READ_ONLY = "25006"  # SQLSTATE of a write on a server that was demoted
AWAY = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    redis.ConnectionError,
    redis.TimeoutError,
)


@dataclass(frozen=True)
class Refusal:
    """A problem whose status is known only at run time; the verbs raise ``audit.door.Problem``."""

    status: int
    code: str
    title: str
    detail: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """REST framework's exception handler. The unforeseen is None: Django logs it, answers 500."""
    refusal = refusal_of(error)
    return respond(context["request"].path, refusal) if refusal else None


def respond(instance: str, refusal: Refusal) -> HttpResponse:
    """The answer to a request to the path ``instance``."""
    members: dict[str, Any] = {
        "type": f"/problems/{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "instance": escape_uri_path(instance),
        "trace_id": trace_id(),
    }
    if refusal.errors:
        members["errors"] = refusal.errors
    return HttpResponse(
        json.dumps(members), status=refusal.status, content_type=MEDIA_TYPE, headers=refusal.headers
    )


def refusal_of(error: Exception) -> Refusal | None:
    if problem := _problem_of(error):
        return _of_problem(problem)
    if isinstance(error, drf.ValidationError):
        return _of_problem(invalid(_flatten(error.get_full_details(), "")))
    if isinstance(error, exceptions.ValidationError):
        return _of_problem(invalid(_of_model(error)))
    if isinstance(error, drf.APIException):
        return _of_framework(error)
    if isinstance(error, Http404):
        return plain(404, "There is nothing here, or nothing you may see.")
    if isinstance(error, exceptions.PermissionDenied):
        return plain(403, "You may not do this.")
    return None


def _problem_of(error: Exception) -> Problem | None:
    if isinstance(error, Problem):
        return error
    if server_is_away(error):
        return away()
    return _locked_out(error) if isinstance(error, KeyFault) else None


def server_is_away(error: BaseException | None) -> bool:
    """Whether the database or the cache could not do its part; a repeat may well succeed."""
    if isinstance(error, AWAY):
        return True
    return getattr(getattr(error, "__cause__", None), "sqlstate", None) == READ_ONLY


def away() -> Problem:
    pool: Any = getattr(connection, "pool", None)
    if pool is not None:
        # The other idle connections have died with this one: found out now, not by their next users.
        pool.check()
    return Unavailable(
        "The database does not answer. Send the request again: nothing is recorded twice."
    )


def _locked_out(fault: KeyFault) -> Problem:
    # Which file it is, and where, is for those who can put it back: they read the log.
    logger.critical("%s", fault)
    return Unavailable(
        "The service cannot use its keys until an operator has seen to them. Nothing was recorded or read."
    )


def invalid(errors: Iterable[dict[str, str]]) -> Problem:
    return Invalid("Some values are not acceptable; errors names each.", errors=list(errors))


def plain(status: int, detail: str) -> Refusal:
    """A problem that says no more than the status itself."""
    phrase = HTTPStatus(status).phrase
    return Refusal(status, phrase.lower().replace(" ", "-"), phrase, detail)


def _of_problem(problem: Problem) -> Refusal:
    return Refusal(
        problem.status,
        problem.code,
        problem.title,
        problem.detail,
        problem.errors,
        problem.headers,
    )


def _of_framework(error: drf.APIException) -> Refusal:
    refusal = plain(error.status_code, NO_VOICE if _nameless(error) else str(error.detail))
    if header := getattr(error, "auth_header", None):
        refusal.headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        refusal.headers["Retry-After"] = str(wait)
    return refusal


def _nameless(error: drf.APIException) -> bool:
    return isinstance(error, drf.NotAuthenticated)


def _flatten(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    """The leaves of a serializer's nested errors, each with the pointer of what it is about."""
    if isinstance(detail, dict) and set(detail) == {"message", "code"}:
        yield {"pointer": pointer, "code": str(detail["code"]), "detail": str(detail["message"])}
    elif isinstance(detail, dict):
        for key, value in detail.items():
            name = str(key).replace("~", "~0").replace("/", "~1")
            yield from _flatten(
                value, pointer if key == "non_field_errors" else f"{pointer}/{name}"
            )
    else:
        for value in detail:
            yield from _flatten(value, pointer)


def _of_model(error: exceptions.ValidationError) -> Iterator[dict[str, str]]:
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    for name, found in by_field.items():
        pointer = "" if name in {"", exceptions.NON_FIELD_ERRORS} else f"/{name}"
        for one in found:
            detail = " ".join(one.messages)
            yield {"pointer": pointer, "code": str(one.code or "invalid"), "detail": detail}


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponseBase:
    """A problem under /api/, elsewhere the page for that status."""
    if is_api(request):
        return respond(request.path, refusal)
    page = refusal.status if refusal.status in PAGES else 400
    if page >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Drawn without the request, and so without the frame, which would ask the database.
        body = loader.get_template(f"errors/{page}.html").render({"trace_id": trace_id()})
        return HttpResponse(body, status=refusal.status, headers=refusal.headers)
    # What of a request is wrong is said; who may not see something is told no more than that.
    said = {"detail": refusal.detail} if refusal.status == HTTPStatus.UNPROCESSABLE_ENTITY else {}
    return render(request, f"errors/{page}.html", said, status=refusal.status)


def unavailable(request: HttpRequest) -> HttpResponseBase:
    return answer(request, _of_problem(away()))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    if is_api(request):
        return respond(request.path, plain(403, "The form's token is missing or too old."))
    return csrf.csrf_failure(request, reason)


@csrf_exempt  # there is nothing to forge, and a missing token must not hide that
def no_such_endpoint(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """What no pattern under /api/ matched; in debugging too, where Django would draw a page."""
    return answer(request, plain(404, "There is no such endpoint."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return answer(request, plain(400, "The request is not one this server understands."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return answer(request, plain(403, "You may not do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return answer(request, plain(404, "There is nothing here, or nothing you may see."))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django calls this while it handles the exception, so that is how we see which one it was."""
    if server_is_away(sys.exc_info()[1]):
        return unavailable(request)
    detail = "Something failed that should not have; the trace id finds it in the server's log."
    return answer(request, plain(500, detail))
