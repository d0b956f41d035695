"""Applications and browsers come in by different ways and are answered alike."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application

from governance.entrance import Entrance
from governance.keys import lookup
from governance.keys.issue import issue_key
from governance.registry.use_cases import add_use_case
from governance.voices import SystemVoice

LOOKS = {"x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "traceresponse"}


@pytest.fixture
def key(fresh_db: str) -> str:
    lookup._known.clear()
    system = SystemVoice("tests")
    add_use_case(voice=system, slug="credit", name="Credit", adverse_labels=["deny"])
    return issue_key(voice=system, name="app", use_cases=["credit"], acts=["decisions:read"]).text


def ask(entrance: Entrance, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    said: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "testserver",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
        "wsgi.input": BytesIO(), "wsgi.errors": BytesIO(), "wsgi.url_scheme": "http", **headers,
    }  # fmt: skip
    body = b"".join(entrance(environ, lambda *answer: said.append(answer)))
    status, given = said[0][:2]
    return int(status.split()[0]), {name.lower(): value for name, value in given}, body


def test_a_call_with_a_key_is_answered_without_sessions_and_with_its_length(key: str) -> None:
    status, headers, body = ask(
        Entrance(get_wsgi_application()), "/api/v1/decisions", HTTP_AUTHORIZATION=f"bearer {key}"
    )
    assert (status, json.loads(body)["results"]) == (200, [])
    assert headers["content-length"] == str(len(body))
    assert headers.keys() >= LOOKS
    assert "set-cookie" not in headers
    assert "content-security-policy" not in headers


def test_a_wrong_key_is_refused_though_a_session_stands_beside_it(key: str) -> None:
    status, headers, body = ask(
        Entrance(get_wsgi_application()),
        "/api/v1/decisions",
        HTTP_AUTHORIZATION="Bearer rk_0000000000_no",
        HTTP_COOKIE="sessionid=whatever",
    )
    assert (status, headers["content-type"]) == (401, "application/problem+json")
    assert json.loads(body)["type"] == "/problems/unauthorized"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/decisions/x/y/z"])
def test_what_is_not_there_is_a_problem_by_both_ways(key: str, path: str) -> None:
    by_key = ask(Entrance(get_wsgi_application()), path, HTTP_AUTHORIZATION=f"Bearer {key}")
    by_page = ask(Entrance(get_wsgi_application()), path)
    for status, headers, body in (by_key, by_page):
        assert (status, headers["content-type"]) == (404, "application/problem+json")
        assert json.loads(body)["instance"] == path


def test_pages_and_other_addresses_keep_the_long_way(key: str) -> None:
    status, headers, _ = ask(
        Entrance(get_wsgi_application()), "/accounts/login/", HTTP_AUTHORIZATION=f"Bearer {key}"
    )
    assert status == 200
    assert "content-security-policy" in headers


def test_a_call_without_a_key_is_asked_for_one(key: str) -> None:
    status, headers, _ = ask(Entrance(get_wsgi_application()), "/api/v1/decisions")
    assert status == 401
    assert "content-security-policy" in headers
