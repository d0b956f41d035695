"""Bad input over real HTTP: each a problem that says where, nothing half recorded, the service well.

What the flaws are called is tested beside the parsers; here it is the whole way through the server.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import socket
import time
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.problems import BULK, DECISIONS, NDJSON, problem, raw, recorded
from tests.journeys.world import Answer, World, decision

GZIP = {**NDJSON, "Content-Encoding": "gzip"}
MEGABYTE = 1 << 20
# What one bad request may cost a web process at its peak: the largest bulk allowed, twice.
MOST_MEMORY = 2 * 64 * MEGABYTE + 32 * MEGABYTE
QUICK = 60.0  # seconds, on a machine that is busy with other things; usually less than one


def with_inputs(text: bytes) -> bytes:
    return raw(decision("bad")).replace(b'{"n": 1}', text)


@pytest.fixture(autouse=True)
def nothing_recorded(world: World) -> Iterator[None]:
    """Around each test here: what is recorded stays as it was, and the service as well as it was."""
    before = recorded(world)
    processes = world.named("granian")
    yield
    assert recorded(world) == before
    assert world.named("granian") == processes  # nobody died of it
    assert world.ready()


NOT_STRICT = {
    "malformed": (b'{"id": "x",', "/id", "malformed"),
    "empty": (b"", "", "malformed"),
    "more after the end": (raw(decision("bad")) + b" {}", "", "malformed"),
    "byte order mark": (b"\xef\xbb\xbf" + raw(decision("bad")), "", "byte_order_mark"),
    "invalid UTF-8": (with_inputs(b'{"s":"\xff"}'), "", "invalid_utf8"),
    "NaN": (with_inputs(b'{"n":NaN}'), "/inputs/n", "number_range"),
    "infinity": (with_inputs(b'{"n":-Infinity}'), "/inputs/n", "number_range"),
    "1e999": (with_inputs(b'{"n":1e999}'), "/inputs/n", "number_range"),
    "2^53": (with_inputs(b'{"n":9007199254740992}'), "/inputs/n", "integer_range"),
    "a duplicate key": (with_inputs(b'{"a":1,"a":1}'), "/inputs/a", "duplicate_key"),
    "one key twice, once escaped": (
        with_inputs(b'{"a":1,"\\u0061":1}'),
        "/inputs/a",
        "duplicate_key",
    ),
    "half a surrogate pair": (with_inputs(b'{"s":"\\ud800"}'), "/inputs/s", "lone_surrogate"),
    "a control character": (with_inputs(b'{"s":"a\x01b"}'), "/inputs/s", "control_character"),
    "an escaped NUL": (with_inputs(b'{"s":"a\\u0000b"}'), "/inputs/s", "control_character"),
}


@pytest.mark.parametrize("name", NOT_STRICT)
def test_what_is_not_strict_json(world: World, name: str) -> None:
    body, pointer, code = NOT_STRICT[name]
    problem(world.ask("POST", DECISIONS, body), 400, (pointer, code))


@pytest.mark.parametrize("levels", [65, 100_000])
def test_deep_nesting(world: World, levels: int) -> None:
    said = problem(
        world.ask("POST", DECISIONS, with_inputs(b'{"s":' + b"[" * levels + b"]" * levels + b"}")),
        400,
    )
    assert [one["code"] for one in said["errors"]] == ["too_deep"]
    assert said["errors"][0]["pointer"].startswith("/inputs/s/0/0/0")


NOT_A_DECISION: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "a list": ([], [("", "type")]),
    "null": (None, [("", "type")]),
    "a number for an id": (decision(5), [("/id", "type")]),  # type: ignore[arg-type]
    "a text for a score": (decision("bad", output={"score": "0.6"}), [("/output/score", "type")]),
    "an unknown member": (decision("bad", colour=1), [("/colour", "unknown_field")]),
    "no output": (
        {k: v for k, v in decision("bad").items() if k != "output"},
        [("/output", "required")],
    ),
    "far ahead": (
        decision("bad", decided_at="2099-01-01T00:00:00Z"),
        [("/decided_at", "too_far_ahead")],
    ),
    "long ago": (decision("bad", decided_at="2001-01-01T00:00:00Z"), [("/decided_at", "too_old")]),
    "the year 1": (
        decision("bad", decided_at="0001-01-01T00:00:00+14:00"),
        [("/decided_at", "too_old")],
    ),
    "no offset": (decision("bad", decided_at="2026-11-22T10:00:00"), [("/decided_at", "form")]),
    "two flaws": (
        decision("b d", output={"probabilities": {"a": 2}}),
        [("/id", "form"), ("/output/probabilities/a", "form")],
    ),
}


@pytest.mark.parametrize("name", NOT_A_DECISION)
def test_what_is_json_and_no_decision(world: World, name: str) -> None:
    said, flaws = NOT_A_DECISION[name]
    problem(world.ask("POST", DECISIONS, raw(said)), 422, *flaws)


def test_a_use_case_that_is_not_there_and_one_that_is_another_s_look_alike(world: World) -> None:
    told = [
        problem(world.post("decisions", decision("bad", use_case=name)), 403, ("/use_case", "forbidden"))
        for name in ("beta", "none")
    ]  # fmt: skip
    assert told[0]["detail"].replace("beta", "none") == told[1]["detail"]


# ----------------------------------------------------------------------------------------- size


def test_ten_megabytes_told_beforehand(world: World) -> None:
    body = b'{"a":"' + b"x" * 10_000_000 + b'"}'
    for path in (DECISIONS, "/api/v1/erasures", "/api/v1/models"):
        problem(world.ask("POST", path, body), 413)


def test_ten_megabytes_in_chunks(world: World) -> None:
    chunk = b"%x\r\n%s\r\n" % (MEGABYTE, b"x" * MEGABYTE)
    problem(spoken(world, DECISIONS, {"Transfer-Encoding": "chunked"}, chunk, 10), 413)


def test_neither_length_nor_chunks_is_an_empty_body(world: World) -> None:
    problem(spoken(world, DECISIONS, {}, raw(decision("bad")), 1), 400, ("", "malformed"))


def test_two_ways_to_say_where_the_body_ends_are_refused(world: World) -> None:
    both = {"Content-Length": "5", "Transfer-Encoding": "chunked"}
    body = raw(decision("bad"))
    # Whoever stands before us may have read it the other way: no body of such a request is taken.
    assert spoken(world, DECISIONS, both, body, 1).status == 400
    assert spoken(world, DECISIONS, {"Content-Length": "-1"}, body, 1).status == 400


def test_a_caller_who_breaks_off_records_nothing(world: World) -> None:
    body = raw(decision("bad"))
    for length, content in ((len(body) + 10, body), (len(body), body[:-5])):
        with connected(world, DECISIONS, {"Content-Length": str(length)}) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1000)[:12] in {b"", b"HTTP/1.1 400"}


def test_headers_without_end(world: World) -> None:
    """The server itself refuses them: no code of ours sees such a request."""
    assert world.ask("GET", DECISIONS, headers={"X-Large": "a" * 1_000_000}).status == 431
    assert world.ask("GET", DECISIONS, headers={f"X-{n}": "a" for n in range(300)}).status == 431
    problem(world.ask("POST", DECISIONS, b"{}", key="a" * 50_000), 401)


# ---------------------------------------------------------------------------------------- bulks


def lines(count: int = 4) -> list[bytes]:
    return [raw(decision(f"bad-{n}")) for n in range(count)]


def test_a_truncated_bulk_is_refused_whole(world: World) -> None:
    said = problem(world.ask("POST", BULK, b"\n".join(lines())[:-20], headers=NDJSON), 400)
    assert [(one["line"], one["code"]) for one in said["errors"]] == [(4, "malformed")]


def test_one_bad_line_refuses_all(world: World) -> None:
    body = b"\n".join([*lines(2), b'{"id":}', raw(decision("bad", output={})), *lines(1)])
    said = problem(world.ask("POST", BULK, body, headers=NDJSON), 400)
    told = [(one["line"], one["pointer"], one["code"]) for one in said["errors"]]
    assert told == [(3, "/id", "malformed"), (4, "/output", "required")]


def test_a_bulk_in_chunks_that_breaks_off_between_two_lines_records_nothing(world: World) -> None:
    """The server ends such a body as it ends a whole one."""
    block = lines(1)[0] + b"\n"
    with connected(world, BULK, {**NDJSON, "Transfer-Encoding": "chunked"}) as connection:
        connection.sendall(b"%x\r\n%s\r\n" % (len(block), block))
        with contextlib.suppress(OSError):  # it may have answered and hung up by now
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1000)[:12] in {b"", b"HTTP/1.1 411"}
    assert world.get(f"decisions/{json.loads(block)['id']}").status == 404
    whole = b"%x\r\n%s\r\n0\r\n\r\n" % (len(block), block)
    chunked = {**NDJSON, "Transfer-Encoding": "chunked"}
    problem(spoken(world, BULK, chunked, whole, 1), 411)


@pytest.mark.parametrize("cut", [10, 30, -9, -1])
def test_truncated_gzip(world: World, cut: int) -> None:
    packed = gzip.compress(b"\n".join(lines()))
    problem(world.ask("POST", BULK, packed[:cut], headers=GZIP), 400)


@pytest.mark.parametrize("at", [40, -6])
def test_damaged_gzip(world: World, at: int) -> None:
    packed = bytearray(gzip.compress(b"\n".join(lines())))
    packed[at] ^= 0xFF
    problem(world.ask("POST", BULK, bytes(packed), headers=GZIP), 400)


@cache
def bomb(unit: bytes, megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = (unit * (MEGABYTE // len(unit) + 1))[:MEGABYTE]
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


BOMBS = {
    "1 GB of zeros": (b"\0", 1024),
    "63 MB of newlines": (b"\n", 63),
    "22 million empty objects": (b"{}\n", 63),
    "63 MB of brackets": (b"[", 63),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("query", ["", "?on_error=skip"])
def test_a_gzip_bomb_is_refused_at_once_and_in_little_memory(
    world: World, name: str, query: str
) -> None:
    packed = bomb(*BOMBS[name])
    assert len(packed) < 1_100_000
    workers = world.named("granian")[1:]
    before = {pid: peak(pid, reset=True) for pid in workers}
    began = time.monotonic()
    problem(world.ask("POST", BULK + query, packed, headers=GZIP, timeout=120), 413)
    assert time.monotonic() - began < QUICK
    assert max(peak(pid) - before[pid] for pid in workers) < MOST_MEMORY


@pytest.mark.parametrize("query", ["", "?on_error=skip"])
def test_a_bulk_that_is_bad_all_through_is_not_read_to_its_end(world: World, query: str) -> None:
    began = time.monotonic()
    said = problem(
        world.ask("POST", BULK + query, b"{}\n" * 50_000, headers=NDJSON, timeout=120), 422
    )
    assert len(said["errors"]) <= 5000
    assert time.monotonic() - began < 2 * QUICK


def peak(pid: int, *, reset: bool = False) -> int:
    """The most memory the process had, in bytes; since now, if it is to be reset."""
    if reset:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


# ------------------------------------------------------------------------------- who and how


@pytest.mark.parametrize(
    "name", ["none", "revoked", "expired", "unknown", "not a key", "not ASCII"]
)
def test_without_a_key_that_holds(world: World, name: str) -> None:
    made_up = {"none": "", "unknown": f"rk_0123456789_{'a' * 43}", "not a key": "let me in"}
    sent = {"Authorization": "Bearer \xff\xfe"} if name == "not ASCII" else {}
    key = made_up.get(name) if name in made_up else world.keys.get(name, "")
    answer = world.ask("POST", DECISIONS, raw(decision("bad")), key=key, headers=sent)
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == 'Bearer realm="rationale"'


def test_with_a_key_for_something_else(world: World) -> None:
    body = raw(decision("bad"))
    problem(world.ask("POST", DECISIONS, body, key=world.keys["reader"]), 403)
    problem(world.ask("POST", BULK, body, key=world.keys["reader"], headers=NDJSON), 403)
    problem(
        world.ask("POST", DECISIONS, body, key=world.keys["stranger"]),
        403,
        ("/use_case", "forbidden"),
    )
    problem(world.ask("GET", DECISIONS, key=world.keys["writer"]), 403)
    problem(world.get("decisions/x/why", key=world.keys["writer"]), 403)
    erasure = {"use_case": "alpha", "subject": "x", "reason": "asked"}
    assert world.post("erasures", erasure, key=world.keys["writer"]).status in {403, 404}


TYPES = ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""]


@pytest.mark.parametrize("kind", TYPES)
def test_another_content_type(world: World, kind: str) -> None:
    problem(world.ask("POST", DECISIONS, raw(decision("bad")), headers={"Content-Type": kind}), 415)


def test_another_encoding(world: World) -> None:
    body = gzip.compress(raw(decision("bad")))
    single = world.ask("POST", DECISIONS, body, headers={"Content-Encoding": "gzip"})
    problem(single, 415)
    assert single.headers["accept-encoding"] == "identity"
    problem(world.ask("POST", BULK, body, headers={**NDJSON, "Content-Encoding": "br"}), 415)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_methods_that_are_not_allowed(world: World, method: str) -> None:
    answer = world.ask(method, DECISIONS)
    problem(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


PATHS: Mapping[str, int] = {
    "/api/": 404,
    "/api/v1/nothing": 404,
    "/api/v2/decisions": 404,
    "/api/v1/decisions/none": 404,
    "/api/v1/decisions/%00": 404,
    "/api/v1/decisions/%ff": 404,
    f"/api/v1/decisions/{'x' * 20_000}": 404,
    "/api/v1/decisions/none/why": 404,
    "/api/v1/decisions/none/receipt": 404,
    "/api/v1/decisions?limit=0": 422,
    "/api/v1/decisions?limit=9999999999": 422,
    "/api/v1/decisions?cursor=none": 422,
    "/api/v1/decisions?since=yesterday": 422,
    "/api/v1/decisions?since=9999-12-31T23:59:59-14:00": 422,
    "/api/v1/decisions/none/why?audience=king": 422,
    "/api/v1/decisions/none/why?lang=%00": 422,
    "/api/v1/log/tile/0/999": 404,
    "/api/v1/log/tile/-1/000": 404,
    "/api/v1/log/tile/entries/000": 403,
    "/api/v1/log/proofs/inclusion": 422,
    "/api/v1/log/proofs/inclusion?entry=none": 422,
    "/api/v1/log/proofs/inclusion?leaf=99999999999999999999": 422,
    "/api/v1/log/proofs/consistency?from=-1": 422,
    "/api/v1/log/checkpoints/%00": 422,
    "/api/v1/models/none": 404,
    "/api/v1/models/credit-risk/versions/%00": 404,
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:50])
def test_paths_and_parameters_nobody_can_answer(world: World, path: str) -> None:
    problem(world.ask("GET", path), PATHS[path])


def test_what_the_registry_and_the_erasures_are_sent(world: World) -> None:
    problem(world.ask("POST", "/api/v1/erasures", b'{"a":'), 400, ("/a", "malformed"))
    problem(world.ask("POST", "/api/v1/erasures", b"[]"), 422, ("", "invalid"))
    said = problem(world.ask("POST", "/api/v1/erasures", b"{}"), 422)
    assert {one["pointer"] for one in said["errors"]} == {"/use_case", "/subject", "/reason"}
    versions = "/api/v1/models/credit-risk/versions"
    facts = b'{"number":"2.0.0","facts":{"a":1e999}}'
    problem(world.ask("POST", versions, facts), 400, ("/facts/a", "number_range"))
    outcome = {"id": "o", "source": "x", "observed_at": "2026-11-22T00:00:00Z", "label": "x"}
    problem(world.post("decisions/none/outcomes", outcome), 404)


# ----------------------------------------------------------------------------------- by hand


def connected(world: World, path: str, headers: Mapping[str, str]) -> socket.socket:
    """A POST as far as the end of its headers."""
    connection = socket.create_connection(("127.0.0.1", world.port), timeout=30)
    said = {
        "Host": "localhost",
        "Authorization": f"Bearer {world.keys['all']}",
        "Content-Type": "application/json",
        **headers,
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
    connection.sendall("\r\n".join(lines).encode())
    return connection


def spoken(
    world: World, path: str, headers: Mapping[str, str], block: bytes, times: int
) -> Answer:  # fmt: skip
    """The answer to a POST whose body is sent block by block, for as long as somebody listens."""
    with connected(world, path, headers) as connection:
        try:
            for _ in range(times):
                connection.sendall(block)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, answer.read())
