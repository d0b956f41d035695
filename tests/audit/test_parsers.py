"""Bodies within bounds: refused before they are in memory, and never half taken."""

import gzip
import io
import tracemalloc
import zlib
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from rest_framework.test import APIRequestFactory

from audit.door import LengthRequired, Malformed, Problem, TooLarge, Unsupported
from audit.parsers import JSON, NDJSON, StrictJSONParser, read_body

LIMIT = 10_000


class Wire:
    """A server's input stream that counts what is taken from it."""

    def __init__(self, body: bytes, broken: bool = False) -> None:
        self._body = io.BytesIO(body)
        self._broken = broken
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        block = self._body.read(size)
        self.taken += len(block)
        if not block and self._broken:
            raise OSError("gone")
        return block

    def readline(self, size: int = -1) -> bytes:
        raise NotImplementedError("Bodies are read by blocks.")


def request(wire: Wire, length: int | None, **meta: Any) -> WSGIRequest:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "SERVER_NAME": "t",
        "SERVER_PORT": "80",
        "wsgi.input": wire,
        "CONTENT_TYPE": "application/json",
        **meta,
    }
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    return WSGIRequest(environ)


def read(body: bytes, told: int | None = -1, *, types: Any = JSON, **meta: Any) -> bytes:
    length = len(body) if told == -1 else told
    taken = request(Wire(body), length, **meta)
    return read_body(taken, types=types, limit=LIMIT, gzip=types is NDJSON)


def packed(body: bytes, told: int | None = -1, **meta: Any) -> bytes:
    meta = {"CONTENT_TYPE": "application/x-ndjson", "HTTP_CONTENT_ENCODING": "gzip", **meta}
    return read(body, told, types=NDJSON, **meta)


@pytest.mark.parametrize("size", [0, 1, LIMIT - 1, LIMIT])
def test_what_fits_is_read_whole(size: int) -> None:
    assert read(bytes(size)) == bytes(size)


def test_a_told_length_beyond_the_limit_is_refused_unread() -> None:
    wire = Wire(bytes(LIMIT + 1))
    with pytest.raises(TooLarge):
        read_body(request(wire, LIMIT + 1), types=JSON, limit=LIMIT)
    assert wire.taken == 0


def test_a_body_of_unknown_length_is_refused_while_it_comes() -> None:
    wire = Wire(bytes(50 * LIMIT))
    meta = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    with pytest.raises(TooLarge):
        read_body(request(wire, None, **meta), types=JSON, limit=LIMIT)
    assert wire.taken <= LIMIT + (1 << 16)


def test_chunks_are_taken_where_the_server_ends_them() -> None:
    body = b"[" + b" " * 5000 + b"]"
    meta = {"HTTP_TRANSFER_ENCODING": "chunked"}
    assert read(body, None, **meta, **{"wsgi.input_terminated": True}) == body
    with pytest.raises(LengthRequired):
        read(body, None, **meta)


IN_CHUNKS: Any = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


def test_lines_in_chunks_are_refused_since_lines_that_broke_off_look_whole() -> None:
    line = b'{"id": "a"}\n'
    with pytest.raises(LengthRequired, match="Content-Length"):
        read(line, None, types=NDJSON, CONTENT_TYPE=NDJSON[0], **IN_CHUNKS)
    assert read(line, types=NDJSON, CONTENT_TYPE=NDJSON[0]) == line


def test_gzip_in_chunks_says_itself_where_it_ends() -> None:
    whole = gzip.compress(b"a\n")
    assert packed(whole, told=None, **IN_CHUNKS) == b"a\n"
    with pytest.raises(Malformed):
        packed(whole[:-1], told=None, **IN_CHUNKS)


def test_gzip_of_several_members_in_chunks_is_refused_since_it_may_end_after_each() -> None:
    two = gzip.compress(b"a\n") + gzip.compress(b"b\n")
    with pytest.raises(LengthRequired, match="one member"):
        packed(two, told=None, **IN_CHUNKS)


def test_no_length_and_no_chunks_is_an_empty_body() -> None:
    assert read(b"left on the wire", None) == b""


@pytest.mark.parametrize("told", [11, 100])
def test_a_body_that_breaks_off_is_told(told: int) -> None:
    with pytest.raises(Malformed, match=f"after 10 of {told} bytes"):
        read(bytes(10), told)


@pytest.mark.parametrize(
    "meta", [{}, {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}]
)
def test_a_broken_wire_is_told(meta: dict[str, Any]) -> None:
    broken = request(Wire(bytes(10), broken=True), None if meta else 20, **meta)
    with pytest.raises(Malformed, match="broke off"):
        read_body(broken, types=JSON, limit=LIMIT)


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/x-ndjson", "application/json; charset=latin-1", "json"]
)
def test_another_content_type_is_refused(kind: str) -> None:
    with pytest.raises(Unsupported):
        read(b"{}", CONTENT_TYPE=kind)


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON", "application/json; charset=UTF-8"]
)
def test_the_same_type_in_other_spellings_is_taken(kind: str) -> None:
    assert read(b"{}", CONTENT_TYPE=kind) == b"{}"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(Unsupported) as caught:
        packed(gzip.compress(b"x"), HTTP_CONTENT_ENCODING=encoding)
    assert caught.value.headers == {"Accept-Encoding": "gzip"}


def test_gzip_is_for_bulks_only() -> None:
    with pytest.raises(Unsupported):
        read(gzip.compress(b"{}"), HTTP_CONTENT_ENCODING="gzip")


@pytest.mark.parametrize("size", [0, 1, LIMIT])
def test_gzip_is_unpacked(size: int) -> None:
    assert packed(gzip.compress(bytes(size))) == bytes(size)
    assert packed(gzip.compress(bytes(size)), HTTP_CONTENT_ENCODING="x-gzip") == bytes(size)


def test_members_follow_each_other() -> None:
    assert packed(gzip.compress(b"a\n") + gzip.compress(b"b\n")) == b"a\nb\n"


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    bomb = bomb_of(1 << 28)
    assert len(bomb) < LIMIT * 30
    tracemalloc.start()
    with pytest.raises(TooLarge):
        read_body(
            request(Wire(bomb), len(bomb), CONTENT_TYPE=NDJSON[0], HTTP_CONTENT_ENCODING="gzip"),
            types=NDJSON,
            limit=1 << 20,
            gzip=True,
        )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def bomb_of(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


@pytest.mark.parametrize("cut", [1, 8, 10, 20])
def test_a_truncated_gzip_is_refused(cut: int) -> None:
    body = gzip.compress(b"line\n" * 1000)
    with pytest.raises(Malformed):
        packed(body[:-cut])


@pytest.mark.parametrize("body", [b"", b"plain text", b"\x1f\x8b\x08\x00nonsense"])
def test_what_is_not_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        packed(body)


def test_a_flipped_byte_is_found_by_gzips_own_checksum() -> None:
    body = bytearray(gzip.compress(b"line\n" * 1000))
    body[-6] ^= 1
    with pytest.raises(Malformed):
        packed(bytes(body))


def parsed(body: bytes) -> Any:
    made = APIRequestFactory().post("/", body, content_type="application/json")
    return StrictJSONParser().parse(made)


def test_the_parser_of_other_doors_is_as_strict(settings: Any) -> None:
    settings.AUDIT_MAX_BODY = 100
    assert parsed(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
    with pytest.raises(Malformed) as caught:
        parsed(b'{"a":1,"a":2}')
    assert [(e["pointer"], e["code"]) for e in caught.value.errors] == [("/a", "duplicate_key")]
    with pytest.raises(TooLarge):
        parsed(b'"' + b"x" * 100 + b'"')


def test_every_refusal_is_a_problem() -> None:
    assert all(issubclass(kind, Problem) for kind in (LengthRequired, Malformed, TooLarge))
