"""The express way: one decision from an application, with nothing between the server and the verb.

It answers one case, the one that counts by the thousand: a well-formed POST of one decision with a
valid key, that is recorded. Everything else, every refusal among it, goes the ordinary way through
Django and REST framework, which judges the same bytes by the same verb again and says what is wrong.
Recording is idempotent, so going twice costs time and nothing else.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import orjson
from django.conf import settings
from django.db import connection

from audit import decisions
from audit.api.answers import links, recorded
from audit.gathering import Gathering
from governance import metrics
from governance.keys import lookup
from governance.tracing import trace_of, traced
from governance.voices import KeyVoice

PATH = "/api/v1/decisions"
ROUTE = PATH[1:]
# A longer body takes the ordinary way, which counts as it reads.
LONGEST = 64 * 1024
_TYPES = ("application/json", "application/json; charset=utf-8")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


@dataclass(slots=True)
class _Call:
    voice: KeyVoice
    raw: bytes
    traceparent: str | None
    began: float


@dataclass(slots=True)
class _Answer:
    status: str
    headers: list[tuple[str, str]]
    body: bytes


def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
    """The answer to a decision that was recorded, or None: ask the ordinary way, with ``environ``."""
    if not _may(environ):
        return None
    try:
        call = _call(environ)
        done = _gathering.serve(call) if call else None
    except Exception:  # noqa: BLE001 - whatever it is, the ordinary way meets it again and says so
        return None
    if done is None:
        return None
    start_response(done.status, done.headers)
    return (done.body,)


def _alone(call: _Call) -> _Answer:
    with traced(call.traceparent) as trace, _connected():
        return _told(call, trace, decisions.record(voice=call.voice, raw=call.raw))


def _together(calls: Sequence[_Call]) -> list[_Answer | None]:
    with _connected():
        done = decisions.record_each([(call.voice, call.raw) for call in calls])
    return [
        _told(call, trace_of(call.traceparent), its) if its else None
        for call, its in zip(calls, done, strict=True)
    ]


_gathering = Gathering[_Call, _Answer](
    alone=_alone, together=_together, weigh=lambda call: len(call.raw)
)


@contextmanager
def _connected() -> Iterator[None]:
    """The connection goes back to the pool, as after every request: those that died are found out
    there, all at once, and not by each thread for itself."""
    try:
        yield
    finally:
        connection.close()


def _told(call: _Call, trace: str, done: decisions.Recorded) -> _Answer:
    said = {**recorded(done), "violations": done.violations, "links": links(PATH, done)}
    body, status = orjson.dumps(said), 200 if done.repeated else 201
    seconds = time.perf_counter() - call.began
    metrics.count_request(route=ROUTE, method="POST", status=status, seconds=seconds)
    headers = [
        ("content-type", "application/json"),
        ("content-length", str(len(body))),
        ("x-content-type-options", "nosniff"),
        ("traceresponse", f"00-{trace}-{secrets.token_hex(8)}-00"),
    ]
    return _Answer("201 Created" if status == 201 else "200 OK", headers, body)


def _may(environ: Environ) -> bool:
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ["PATH_INFO"] == PATH
        and not environ.get("QUERY_STRING")
        and environ.get("CONTENT_TYPE", "").lower() in _TYPES
        and "HTTP_CONTENT_ENCODING" not in environ
        and "HTTP_TRANSFER_ENCODING" not in environ
        and 0 < _length(environ) <= LONGEST
        # Where calls in the clear are sent on to https, Django must see them.
        and not settings.SECURE_SSL_REDIRECT
    )


def _length(environ: Environ) -> int:
    told: str = environ.get("CONTENT_LENGTH") or ""
    return int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0


def _call(environ: Environ) -> _Call | None:
    began = time.perf_counter()
    key = _key(environ.get("HTTP_AUTHORIZATION", "")[7:].strip())
    voice = KeyVoice(key) if key else None
    # Who may record nowhere is turned away before a byte of the body is read.
    if voice is None or not voice.use_cases(decisions.ACT):
        return None
    raw = environ["wsgi.input"].read(_length(environ))
    environ["wsgi.input"] = BytesIO(raw)  # the ordinary way may have to read it again
    if len(raw) != _length(environ):
        return None
    return _Call(voice, raw, environ.get("HTTP_TRACEPARENT"), began)


def _key(text: str) -> lookup.KnownKey | None:
    found = lookup.remembered(text)
    if found is not None:
        return found
    with _connected():
        return lookup.find(text)
