"""Models over HTTP: a server of ours answers, well and badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from explain.formats import http, registry
from explain.formats.rules import Rules
from explain.refusals import Malformed, NotAllowed, Unreachable
from tests.explain.formats.made import made

FOREST = made("onnx", "wine")


@dataclass
class Server:
    """url; what it was asked; and what it answers instead of the truth, one after the other."""

    url: str
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    instead: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def rules(self) -> Rules:
        return Rules(remote=(self.url,), remote_rows=50, remote_seconds=2)


@pytest.fixture
def server() -> Iterator[Server]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known.asked.append((self.path, dict(self.headers), said))
            status, body = (
                known.instead.pop(0) if known.instead else (200, json.dumps(truth(said)).encode())
            )
            self.send_response(status)
            if status == 302:
                self.send_header("Location", known.url + "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: Any) -> None:
            """Nothing."""

    held = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    known = Server(f"http://127.0.0.1:{held.server_address[1]}")
    threading.Thread(target=held.serve_forever, daemon=True).start()
    yield known
    held.shutdown()
    held.server_close()


def truth(said: dict[str, Any]) -> dict[str, Any]:
    if "instances" in said:
        rows = [list(row.values()) if isinstance(row, dict) else row for row in said["instances"]]
        return {"predictions": FOREST.model.predict_proba(np.array(rows)).tolist()}
    columns = [np.array(one["data"]).reshape(one["shape"]) for one in said["inputs"]]
    found = FOREST.model.predict_proba(np.column_stack(columns))
    return {
        "outputs": [
            {
                "name": "p",
                "shape": list(found.shape),
                "datatype": "FP64",
                "data": found.ravel().tolist(),
            }
        ]
    }


def description(url: str, **changed: Any) -> bytes:
    said = {
        "protocol": "v2",
        "url": url,
        "model": "wine",
        "features": list(FOREST.rows),
        "classes": [0, 1, 2],
        "gives": "probabilities",
        **changed,
    }
    return json.dumps({name: value for name, value in said.items() if value is not None}).encode()


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({}, "/v2/models/wine/infer"),
        ({"version": "3", "input": "input-0", "output": "p"}, "/v2/models/wine/versions/3/infer"),
        ({"protocol": "v1"}, "/v1/models/wine:predict"),
        ({"protocol": "v1", "rows": "object"}, "/v1/models/wine:predict"),
    ],
)
def test_both_protocols_give_the_models_own_probabilities(
    server: Server, changed: dict[str, Any], path: str
) -> None:
    model = registry.load("remote", description(server.url, **changed), server.rules)
    np.testing.assert_array_equal(model.predict_proba(FOREST.rows), FOREST.said)
    assert {asked[0] for asked in server.asked} == {path}
    assert len(server.asked) == 4  # 178 rows, 50 at a time


def test_the_key_comes_from_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = {"header": "Authorization", "variable": "RATIONALE_REMOTE_WINE"}
    model = registry.load("remote", description(server.url, auth=auth), server.rules)
    with pytest.raises(NotAllowed, match="RATIONALE_REMOTE_WINE"):
        model.predict_proba(FOREST.rows[:1])
    monkeypatch.setenv("RATIONALE_REMOTE_WINE", "Bearer abc")
    model.predict_proba(FOREST.rows[:1])
    assert server.asked[0][1]["Authorization"] == "Bearer abc"


def test_other_variables_cannot_be_sent(server: Server) -> None:
    auth = {"header": "X-Key", "variable": "RATIONALE_SECRET_KEY"}
    with pytest.raises(Malformed, match="at /auth/variable"):
        registry.check("remote", description(server.url, auth=auth), server.rules)


def test_a_failing_server_is_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSE", 0.01)
    server.instead = [(503, b""), (500, b"")]
    model = registry.load("remote", description(server.url), server.rules)
    np.testing.assert_array_equal(model.predict_proba(FOREST.rows[:2]), FOREST.said[:2])
    server.instead = [(503, b"")] * 3
    with pytest.raises(Unreachable, match=r"in 3 tries \(status 503\)"):
        model.predict_proba(FOREST.rows[:2])


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (302, b"", "status 302"),
        (404, b"{}", "status 404"),
        (200, b"<html>", "not JSON"),
        (200, b"{}", "has not the form"),
        (200, b'{"outputs": []}', "has not the form"),
        (200, b'{"outputs": [{"data": [0.1, 0.9]}]}', "for each row"),
        (200, b'{"outputs": [{"data": ["a", "b", "c"]}]}', "other than numbers"),
        (200, b'{"outputs": [{"data": [[1], [1, 2]]}]}', "other than numbers"),
        (200, b'{"outputs": [{"data": [2, 0, 0]}]}', "between 0 and 1"),
        (200, b'{"outputs": [{"data": [1e999, 0, 0]}]}', "not JSON|finite"),
    ],
)
def test_an_answer_that_is_none_is_refused(
    server: Server, status: int, body: bytes, sentence: str
) -> None:
    server.instead = [(status, body)]
    model = registry.load("remote", description(server.url), server.rules)
    with pytest.raises(Unreachable, match=sentence):
        model.predict_proba(FOREST.rows[:1])
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://models.example/",
        "ftp://127.0.0.1/",
        "http://127.0.0.1:1/",
        "https://user:word@models.example/",
        "https://models.example.evil.example/",
        "https://models.example/team/../other",
        "https://models.example/other",
        "file:///etc/passwd",
    ],
)
def test_an_address_off_the_list_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed):
        registry.check("remote", description(url), Rules(remote=("https://models.example/team",)))


def test_an_address_on_the_list_is_taken() -> None:
    rules = Rules(remote=("https://models.example/team",))
    registry.check("remote", description("https://models.example:443/team/a"), rules)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address that is asked, not listened on
    ],
)
def test_a_public_name_may_not_lead_inside(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", (address, 443))]
    monkeypatch.setattr(http.socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(NotAllowed, match="not a public address"):
        http.resolve("models.example", 443, Rules())


def test_private_networks_may_be_allowed_but_not_where_clouds_keep_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = iter(["10.0.0.1", "169.254.169.254"])
    monkeypatch.setattr(
        http.socket, "getaddrinfo", lambda *args, **kwargs: [(2, 1, 6, "", (next(addresses), 443))]
    )
    rules = replace(Rules(), private=True)
    assert http.resolve("models.internal", 443, rules) == "10.0.0.1"
    with pytest.raises(NotAllowed):
        http.resolve("models.internal", 443, rules)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"protocol": "v3"}, "/protocol"),
        ({"classes": [0]}, "/classes"),
        ({"classes": [0, 1.5]}, "/classes/1"),
        ({"gives": "value"}, "/classes"),
        ({"features": []}, "/features"),
        ({"features": ["a", "a"]}, "/features"),
        ({"model": "../x"}, "/model"),
        ({"surprise": 1}, "'surprise' means nothing"),
        ({"categories": ["no such"]}, "/categories"),
    ],
)
def test_a_description_that_is_none_is_refused_with_a_pointer(
    changed: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Malformed, match=pointer):
        registry.check(
            "remote",
            description("https://models.example", **changed),
            Rules(remote=("https://models.example",)),
        )
