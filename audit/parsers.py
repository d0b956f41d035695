"""Bodies of requests, read within bounds: what is too large is refused before it is in memory."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator
from typing import IO, Any, Final

from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import BaseParser

from audit.canonical import NotStrict, strict_loads
from audit.door import LengthRequired, Malformed, TooLarge, Unsupported
from audit.forms import as_error

JSON: Final = ("application/json",)
NDJSON: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")

_BLOCK: Final = 1 << 16
_GZIP: Final = 31  # zlib's number for a window of 32 KB inside a gzip frame


class StrictJSONParser(BaseParser):
    """JSON that has exactly one meaning, within AUDIT_MAX_BODY; for doors that want it parsed."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        raw = _within(_blocks(stream), settings.AUDIT_MAX_BODY)
        try:
            return strict_loads(raw)
        except NotStrict as error:
            raise Malformed(
                "The body is not JSON that has exactly one meaning; errors says why.",
                errors=[as_error(flaw) for flaw in error.problems],
            ) from None


def read_body(
    request: HttpRequest, *, types: Collection[str], limit: int, gzip: bool = False
) -> bytes:
    """The whole body, at most ``limit`` bytes of it after unpacking.

    Raises Unsupported for another content type or encoding, TooLarge as soon as the limit is known
    to be passed (by Content-Length, before anything is read), Malformed when the body breaks off,
    LengthRequired when nothing could tell a body that broke off from a whole one.
    """
    _must_be_of(types, request)
    packed = _must_be_encoded(request, gzip=gzip)
    told = _told_length(request)
    if told is None and types == NDJSON and not packed:
        raise LengthRequired("Send Content-Length, or gzip: lines in chunks may break off unseen.")
    if told is not None and told > limit:
        raise _too_large(limit)
    received = _counted(_blocks(_stream(request, told)), told)
    if packed:
        return _unpacked(received, limit, one_member=told is None)
    return _within(received, limit)


def _must_be_of(types: Collection[str], request: HttpRequest) -> None:
    charset = (request.content_params or {}).get("charset", "utf-8")
    if (request.content_type or "").lower() not in types or charset.lower() not in {
        "utf-8",
        "utf8",
    }:
        raise Unsupported(f"Send {' or '.join(types)}, in UTF-8.")


def _must_be_encoded(request: HttpRequest, *, gzip: bool) -> bool:
    """Whether the body is packed; raises Unsupported when it is in a way not taken here."""
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in {"", "identity"}:
        return False
    if gzip and encoding in {"gzip", "x-gzip"}:
        return True
    taken = "gzip" if gzip else "identity"
    raise Unsupported(
        f"Content-Encoding {taken} is taken here.", headers={"Accept-Encoding": taken}
    )


def _told_length(request: HttpRequest) -> int | None:
    told = request.META.get("CONTENT_LENGTH") or ""
    if told.isascii() and told.isdigit():
        return int(told)
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return None
    return 0


def _stream(request: HttpRequest, told: int | None) -> Any:
    if told is not None:
        return request
    # Django takes a request without a length for an empty one. Where the server promises that its
    # stream ends with the body, it can be read as it comes. It ends no differently when the caller
    # is lost (granian 2.8): only a body that says itself where it ends can be taken, as JSON does.
    if not request.META.get("wsgi.input_terminated"):
        raise LengthRequired("Send Content-Length: this server does not take chunked bodies.")
    return request.META["wsgi.input"]


def _blocks(stream: Any) -> Iterator[bytes]:
    try:
        while block := stream.read(_BLOCK):
            yield block
    except OSError as error:  # Django's UnreadablePostError is one
        raise Malformed("The body broke off.") from error


def _counted(blocks: Iterator[bytes], told: int | None) -> Iterator[bytes]:
    received = 0
    for block in blocks:
        received += len(block)
        yield block
    if told is not None and received < told:
        raise Malformed(f"The body broke off after {received} of {told} bytes.")


def _within(blocks: Iterator[bytes], limit: int) -> bytes:
    kept: list[bytes] = []
    size = 0
    for block in blocks:
        size += len(block)
        if size > limit:
            raise _too_large(limit)
        kept.append(block)
    return b"".join(kept)


def _unpacked(blocks: Iterator[bytes], limit: int, *, one_member: bool) -> bytes:
    """A gzip body; never more than ``limit`` bytes of it in memory, however well it was packed."""
    kept: list[bytes] = []
    size = 0
    member = zlib.decompressobj(_GZIP)
    for block in blocks:
        left = block
        while left:
            if member.eof:  # RFC 1952 §2.2: members may follow each other
                if one_member:  # it might have broken off here, between two of them
                    raise LengthRequired("Send Content-Length, or gzip of one member.")
                member = zlib.decompressobj(_GZIP)
            try:
                piece = member.decompress(left, limit - size + 1)
            except zlib.error as error:
                raise Malformed("The body is not gzip, or is damaged.") from error
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            kept.append(piece)
            left = member.unconsumed_tail or member.unused_data
    if not member.eof:
        raise Malformed("The gzip body broke off before its end.")
    return b"".join(kept)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"At most {limit:,} bytes (unpacked) are taken here.")
