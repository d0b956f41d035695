"""Posts single decisions over kept connections: at a given pace, or as fast as answers come."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.payload import Bodies, bodies


def post(
    address: str, key: str, templates: str, run: str, connections: int, seconds: float, rate: float
) -> dict[str, object]:
    """For so long, ``rate`` a second over all connections (0: as fast as answers come).

    Returns the seconds from due to answer of each, in milliseconds: a request that has to wait for
    the one before it counts its waiting.
    """
    with ThreadPoolExecutor(connections) as pool:
        begin = time.perf_counter() + 0.05
        made = bodies(templates)
        runs = [f"{run}-{at}" for at in range(connections)]
        pace = connections / rate if rate else 0.0
        starts = [begin + pace * at / connections for at in range(connections)]
        work = [
            pool.submit(_post, address, key, made, name, start, begin + seconds, pace)
            for name, start in zip(runs, starts, strict=True)
        ]
        taken = [one for some in work for one in some.result()]
    return {"milliseconds": taken, "seconds": time.perf_counter() - begin}


def _post(
    address: str, key: str, made: Bodies, run: str, due: float, end: float, pace: float
) -> list[float]:
    connection = http.client.HTTPConnection(address, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    taken: list[float] = []
    while due < end:
        time.sleep(max(0.0, due - time.perf_counter()))
        connection.request("POST", "/api/v1/decisions", made.one(run, len(taken)), headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {said[:500]!r}")
        now = time.perf_counter()
        taken.append((now - due) * 1000)
        due = due + pace if pace else now
    connection.close()
    return taken
