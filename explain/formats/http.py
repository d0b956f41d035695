"""One request to a model's server: to the address that was checked, within a time, with an answer of limited size."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from explain.formats.checks.remote import is_loopback
from explain.formats.rules import Rules
from explain.refusals import NotAllowed, Unreachable

MOST_ANSWER = 256 << 20
# Answers after which the same question may be answered.
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
PAUSE = 0.2


class _Once(Exception):
    """This try failed; another may not."""


def post(url: str, body: bytes, headers: Mapping[str, str], rules: Rules) -> Any:
    """The JSON that answers. A redirect is no answer.

    Raises Unreachable after ``remote_tries``, NotAllowed where the name leads to an address of a private network.
    """
    failed = ""
    for attempt in range(rules.remote_tries):
        if attempt:
            time.sleep(PAUSE * 2 ** (attempt - 1))
        try:
            return _once(url, body, headers, rules)
        except (_Once, OSError, http.client.HTTPException) as error:
            failed = str(error) or type(error).__name__
    raise Unreachable(f"The remote model did not answer in {rules.remote_tries} tries ({failed}).")


def _once(url: str, body: bytes, headers: Mapping[str, str], rules: Rules) -> Any:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = resolve(host, port, rules)
    until = time.monotonic() + rules.remote_seconds
    connection = http.client.HTTPConnection(host, port, timeout=rules.remote_seconds)
    # The socket goes to the address that was checked; a name asked twice may answer twice.
    plain = socket.create_connection((address, port), timeout=rules.remote_seconds)
    try:
        connection.sock = plain
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        connection.request(
            "POST", parts.path, body, {"Content-Type": "application/json", **headers}
        )
        answer = connection.getresponse()
        raw = _read(answer, until)
    finally:
        connection.close()
        plain.close()
    if answer.status in AGAIN:
        raise _Once(f"status {answer.status}")
    if answer.status != 200:
        raise Unreachable(f"The remote model answered with the status {answer.status}.")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Unreachable("The remote model's answer is not JSON.") from None


def _read(answer: http.client.HTTPResponse, until: float) -> bytes:
    """A server that sends a byte now and then holds nobody longer than the time given."""
    parts, size = [], 0
    while part := answer.read1(1 << 16):
        parts.append(part)
        size += len(part)
        if size > MOST_ANSWER:
            raise Unreachable("The remote model's answer is too long.")
        if time.monotonic() > until:
            raise _Once("no whole answer in time")
    return b"".join(parts)


def resolve(host: str, port: int, rules: Rules) -> str:
    """An address of ``host`` that may be asked. Raises NotAllowed where any of its addresses may not."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _Once(f"{host} is not found: {error}") from None
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        if not _may_be_asked(address, host, rules):
            raise NotAllowed(
                f"The remote model's name leads to {address}, which is not a public address; an administrator "
                "may allow private ones (setting RATIONALE_REMOTE_PRIVATE)."
            )
    return addresses[0]


def _may_be_asked(address: str, host: str, rules: Rules) -> bool:
    """Public addresses; this machine where the description names it as such; private networks by setting.

    Link-local addresses never: cloud machines find their credentials there.
    """
    found = ipaddress.ip_address(address.split("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    if found.is_loopback:
        return is_loopback(host)
    if found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved:
        return False
    return found.is_global or rules.private
