"""Asks two servers the same in turn, request by request, so that both meet the same machine."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping, Sequence


def in_turn(
    addresses: Sequence[str], paths: Sequence[Sequence[str]], headers: Mapping[str, str]
) -> list[list[float]]:
    """Milliseconds of each request, by server. The n-th paths of all servers follow each other."""
    connections = [http.client.HTTPConnection(address, timeout=60) for address in addresses]
    taken: list[list[float]] = [[] for _ in addresses]
    for asked in zip(*paths, strict=True):
        for at, path in enumerate(asked):
            begun = time.perf_counter()
            connections[at].request("GET", path, headers=dict(headers))
            answer = connections[at].getresponse()
            said = answer.read()
            taken[at].append((time.perf_counter() - begun) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}: {said[:500]!r}")
    for connection in connections:
        connection.close()
    return taken
