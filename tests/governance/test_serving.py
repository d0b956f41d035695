"""How the processes that serve are described, and asked whether they answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from pytest_django import Settings

from governance import serving
from governance.demo.client import ApiRefusal, Client
from runtime.faults import RuntimeFault


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def served() -> Iterator[int]:
    """The web application as its settings are now; yields its port."""
    with make_server("127.0.0.1", 0, WSGIHandler(), Threads, Quiet) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def found_answering(base: str, within: float = 60.0) -> bool:
    """As a supervisor asks: again and again, for the first answer loads every page's code."""
    deadline = time.monotonic() + within
    while (
        not (answered := serving.answers(base, serving.own_name())) and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    return answered


def test_it_is_found_answering_as_production_is_set_up(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = [".rationale.example"]
    settings.SECURE_SSL_REDIRECT = True
    with served() as port:
        assert found_answering(serving.base_url("127.0.0.1", port))
    assert not serving.answers(serving.base_url("127.0.0.1", port), serving.own_name())


def test_any_host_will_do(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    with served() as port:
        assert found_answering(serving.base_url("0.0.0.0", port))  # noqa: S104


def test_no_proxy_is_asked_for_what_is_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with served() as port:
        base = serving.base_url("127.0.0.1", port)
        assert found_answering(base)
        with pytest.raises(ApiRefusal, match=r"^404 "):
            Client(base, "").get("no-such-place")


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("box.example", "http://box.example:80"),
    ],
)
def test_where_this_machine_reaches_it(host: str, base: str) -> None:
    assert serving.base_url(host, 80) == base


def test_a_service_that_stops_answering_the_demonstration_is_a_sentence() -> None:
    with pytest.raises(RuntimeFault, match="stopped answering"):
        Client("http://127.0.0.1:1", "").get("decisions")
