"""Every refusal in one form; under /api/ never a page."""

import json
import logging

import psycopg
import pytest
import redis
from django.core import exceptions
from django.db import InternalError, OperationalError
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from pytest_django import Settings
from pythonjsonlogger.json import JsonFormatter
from rest_framework import exceptions as drf

from audit.door import Conflict, Problem, Unavailable
from audit.keys import KeyFault
from governance import problems
from governance.problems import refusal_of
from governance.serializers import UseCaseIn
from governance.tracing import TraceFilter
from tests.governance.conftest import Cast

MEDIA = "application/problem+json"


def told(answer: object) -> dict[str, object]:
    assert answer["Content-Type"] == MEDIA
    return json.loads(answer.content)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Conflict("Taken."), 409, "conflict"),
        (Unavailable("Later."), 503, "unavailable"),
        (drf.NotAuthenticated(), 401, "unauthorized"),
        (drf.PermissionDenied(), 403, "forbidden"),
        (drf.NotFound(), 404, "not-found"),
        (drf.MethodNotAllowed("PUT"), 405, "method-not-allowed"),
        (drf.NotAcceptable(), 406, "not-acceptable"),
        (drf.UnsupportedMediaType("text/csv"), 415, "unsupported-media-type"),
        (drf.Throttled(wait=1.2), 429, "too-many-requests"),
        (drf.ParseError(), 400, "bad-request"),
        (Http404(), 404, "not-found"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (exceptions.ValidationError("No."), 422, "invalid"),
        (OperationalError("gone"), 503, "unavailable"),
        (psycopg.OperationalError("gone"), 503, "unavailable"),
        (redis.ConnectionError("gone"), 503, "unavailable"),
        (KeyFault("gone"), 503, "unavailable"),
    ],
)
def test_each_kind_of_error_has_its_status(error: Exception, status: int, code: str) -> None:
    refusal = refusal_of(error)
    assert refusal is not None
    assert (refusal.status, refusal.code) == (status, code)


def test_waiting_is_told_in_headers() -> None:
    assert refusal_of(drf.Throttled(wait=1.2)).headers == {"Retry-After": "2"}
    assert refusal_of(OperationalError()).headers == {"Retry-After": "2"}


def test_the_unforeseen_is_left_to_django() -> None:
    assert refusal_of(RuntimeError("bug")) is None


def test_a_demoted_server_is_away_and_other_internal_errors_are_not() -> None:
    read_only = InternalError()
    read_only.__cause__ = psycopg.errors.ReadOnlySqlTransaction()
    assert problems.server_is_away(read_only)
    other = InternalError()
    other.__cause__ = psycopg.errors.InvalidCursorDefinition()
    assert not problems.server_is_away(other)


def test_nested_faults_keep_their_pointers() -> None:
    given = UseCaseIn(data={"slug": "A", "name": 3, "adverse_labels": ["deny", 7], "a/b~c": 1})
    assert not given.is_valid()
    refusal = refusal_of(drf.ValidationError(given.errors))
    assert refusal is not None
    assert [(e["pointer"], e["code"]) for e in refusal.errors] == [("/a~1b~0c", "unknown")]
    given = UseCaseIn(data={"slug": "A", "name": 3, "adverse_labels": ["deny", 7]})
    with pytest.raises(drf.ValidationError) as refused:
        given.is_valid(raise_exception=True)
    errors = refusal_of(refused.value).errors
    assert [(e["pointer"], e["code"]) for e in errors] == [
        ("/slug", "invalid"),
        ("/name", "invalid"),
        ("/adverse_labels/1", "invalid"),
    ]


def test_members_are_those_of_the_standard() -> None:
    errors = [{"pointer": "/a", "code": "b", "detail": "c"}]
    answer = problems.respond("/api/v1/x", refusal_of(Conflict("Taken.", errors=errors)))
    assert told(answer) == {
        "type": "/problems/conflict",
        "title": Conflict.title,
        "status": 409,
        "detail": "Taken.",
        "instance": "/api/v1/x",
        "trace_id": "",
        "errors": errors,
    }


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/nowhere", "/api/v2/decisions"])
def test_unknown_addresses_of_the_api_are_problems(
    settings: Settings, path: str, debug: bool
) -> None:
    settings.DEBUG = debug
    answer = Client().get(path)
    assert (answer.status_code, told(answer)["instance"]) == (404, path)


@pytest.mark.django_db
class TestOverHttp:
    def test_nobody_is_asked_for_a_key(self) -> None:
        answer = Client().get("/api/v1/me")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="rationale"')
        assert told(answer)["type"] == "/problems/unauthorized"

    def test_the_trace_id_is_the_callers(self) -> None:
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        header = f"00-{trace}-00f067aa0ba902b7-01"
        answer = Client().get("/api/v1/me", headers={"traceparent": header})
        assert told(answer)["trace_id"] == trace
        assert answer["traceresponse"].split("-")[1] == trace

    def test_the_line_about_a_refusal_carries_its_trace_id_and_no_query(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.handler.addFilter(TraceFilter())
        answer = Client().get("/api/v1/decisions", {"subject": "Jane-Doe-1970"})
        (line,) = [one for one in caplog.records if one.name == "django.request"]
        said = JsonFormatter("%(message)s %(trace_id)s").format(line)
        assert json.loads(said)["trace_id"] == told(answer)["trace_id"]
        assert json.loads(said)["request"] == "GET /api/v1/decisions"
        assert "Jane-Doe-1970" not in said

    def test_a_method_that_is_not_offered(self, credit_key: str) -> None:
        answer = Client().delete("/api/v1/me", headers={"authorization": f"Bearer {credit_key}"})
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert told(answer)["code" if "code" in told(answer) else "type"] == (
            "/problems/method-not-allowed"
        )

    def test_pages_get_pages(self, cast: Cast) -> None:
        answer = cast.client("rita").get("/no-such-page")
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")

    def test_a_bad_host_is_a_problem_too(self) -> None:
        answer = Client(headers={"host": "evil.example"}).get("/api/v1/me")
        assert (answer.status_code, told(answer)["status"]) == (400, 400)

    @pytest.mark.parametrize("debug", [False, True])
    def test_a_bug_is_told_without_its_insides(
        self,
        cast: Cast,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        debug: bool,
    ) -> None:
        settings.DEBUG = debug
        client = cast.client("rita")
        client.raise_request_exception = False

        def break_down(*_: object, **__: object) -> None:
            raise RuntimeError("the secret insides")

        monkeypatch.setattr("governance.registry.queries.use_case", break_down)
        with caplog.at_level(logging.ERROR):
            answer = client.get("/api/v1/use-cases/credit")
        assert (answer.status_code, told(answer)["status"]) == (500, 500)
        assert "insides" not in answer.content.decode()
        assert "the secret insides" in caplog.text


class TestDatabaseAway:
    """Against a database that is really gone: its URL leads nowhere."""

    @pytest.fixture
    def nowhere(self, fresh_db: str, cluster: object) -> None:
        from django.db import connection

        name = connection.settings_dict["NAME"]
        connection.close()
        connection.close_pool()
        cluster.drop(name)

    def test_the_api_says_when_to_come_again(self, nowhere: None) -> None:
        headers = {"authorization": "Bearer rk_0123456789_" + "x" * 43}
        answer = Client().get("/api/v1/me", headers=headers)
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        assert told(answer)["type"] == "/problems/unavailable"

    def test_a_page_says_so_calmly(self, nowhere: None) -> None:
        client = Client()
        client.cookies["sessionid"] = "0" * 32
        answer = client.get("/accounts/password/change/")
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        assert answer["Content-Type"].startswith("text/html")

    def test_a_failure_outside_the_view_is_answered_alike(
        self, nowhere: None, rf: RequestFactory
    ) -> None:
        request: HttpRequest = rf.get("/api/v1/me")
        try:
            raise OperationalError("the connection was lost while the session was saved")
        except OperationalError:
            answer = problems.server_error(request)
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")


def test_verbs_refusals_become_pages(rf: RequestFactory) -> None:
    from governance.middleware import Refusals

    pages = Refusals(lambda request: None)
    statuses = {}
    for problem in (Conflict("x"), Problem("x")):
        answer = pages.process_exception(rf.get("/api/v1/x"), problem)
        statuses[problem.code] = answer.status_code
    assert statuses == {"conflict": 409, "problem": 500}
    assert pages.process_exception(rf.get("/"), RuntimeError()) is None
