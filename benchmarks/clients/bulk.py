"""Posts NDJSON over kept connections, several at once."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from benchmarks.payload import batches, bodies, ndjson

_made: list[bytes] = []


def prepare(templates: str, run: str, first: int, count: int, batch: int, packed: bool) -> int:
    """Make the bodies of the requests before the clock runs. Returns their bytes unpacked."""
    lines = bodies(templates).many(run, first, count)
    _made[:] = [ndjson(some, packed=packed) for some in batches(lines, batch)]
    return sum(map(len, lines)) + len(lines)


def send(address: str, key: str, packed: bool, connections: int) -> list[str]:
    """Post them all; the entry id of the last line of each request. Raises on any other answer."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    if packed:
        headers["Content-Encoding"] = "gzip"
    # Each connection takes the next body when it is free: how the kernel shared the connections among the
    # web processes is chance, and must not decide how much each process has to do.
    todo: SimpleQueue[bytes] = SimpleQueue()
    for body in _made:
        todo.put(body)
    with ThreadPoolExecutor(connections) as pool:
        done = pool.map(lambda _: _post(address, headers, todo), range(connections))
        return [entry for entries in done for entry in entries]


def _post(address: str, headers: dict[str, str], todo: SimpleQueue[bytes]) -> list[str]:
    connection = http.client.HTTPConnection(address, timeout=120)
    entries = []
    while (body := _next(todo)) is not None:
        connection.request("POST", "/api/v1/decisions/bulk", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {said[:500]!r}")
        entries.append(_last_entry(said))
    connection.close()
    return entries


def _next(todo: SimpleQueue[bytes]) -> bytes | None:
    try:
        return todo.get_nowait()
    except Empty:
        return None


def _last_entry(said: bytes) -> str:
    # Parsing ten thousand receipts would cost the client more than sending them did.
    mark = b'"entry_id":"'
    at = said.rindex(mark) + len(mark)
    return said[at : at + 36].decode()
