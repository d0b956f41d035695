"""The API's description and the page that draws it."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import Client
from playwright.sync_api import Browser

from governance.api.docs import _described
from tests.browsing import browser, playwright

__all__ = ["browser", "playwright"]


def described() -> dict[str, object]:
    return json.loads(json.dumps(_described()))


def operations() -> list[tuple[str, dict[str, object]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]


def test_it_is_openapi_31() -> None:
    answer = Client().get("/api/schema/")
    assert (answer.status_code, answer["Content-Type"]) == (
        200,
        "application/vnd.oai.openapi+json",
    )
    assert answer.json()["openapi"].startswith("3.1")
    yaml = Client().get("/api/schema/", headers={"accept": "application/yaml"})
    assert yaml.content.startswith(b"openapi: 3.1")


def test_every_operation_has_a_name_a_tag_and_problems() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(names) == len(set(names)) >= 10
    problem = {"$ref": "#/components/responses/Problem"}
    for name, operation in operations():
        assert operation["tags"], name
        assert operation["responses"]["default"] == problem, name
        assert operation["responses"]["503"] == problem, name
        if "requestBody" in operation:
            assert {"400", "422"} <= set(operation["responses"]), name
    media = described()["components"]["responses"]["Problem"]["content"]
    assert list(media) == ["application/problem+json"]


def test_both_ways_in_are_described() -> None:
    schemes = described()["components"]["securitySchemes"]
    assert {name: scheme["type"] for name, scheme in schemes.items()} == {
        "key": "http",
        "session": "apiKey",
    }
    by_name = dict(operations())
    assert by_name["POST /api/v1/use-cases"]["security"] == [{"key": []}, {"session": []}]


def test_pages_are_described_as_they_are() -> None:
    by_name = dict(operations())
    operation = by_name["GET /api/v1/models"]
    page = operation["responses"]["200"]["content"]["application/json"]["schema"]
    page = described()["components"]["schemas"][page["$ref"].rpartition("/")[2]]
    assert page["required"] == ["next", "previous", "results"]
    assert {p["name"] for p in operation["parameters"]} == {"cursor", "limit", "use_case"}


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    page = Client().get("/api/docs/").content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page)
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    for path in re.findall(r"(?:src|href)=\"/static/([^\"]+)\"", page):
        assert (Path(settings.BASE_DIR) / "static" / path).is_file(), path


@pytest.fixture
def served() -> Iterator[str]:
    """The application on a port of this machine; these pages ask no database."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.browser
def test_the_page_draws_the_api_under_our_policy(served: str, browser: Browser) -> None:
    """No violation of the content security policy, no error, and the operations are there."""
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{served}/api/docs/")
    page.get_by_text("/api/v1/use-cases", exact=True).first.wait_for(timeout=20_000)
    page.get_by_text("/api/v1/use-cases", exact=True).first.click()
    page.get_by_text("The use cases you may see.").first.wait_for(timeout=10_000)
    page.close()
    assert [line for line in said if "Policy" in line or "rror" in line] == []
