"""A small client of the public API: the demonstration uses no other way in."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from runtime import paths
from runtime.faults import RuntimeFault

# The service is on this machine: no proxy that the environment names can reach it.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ApiRefusal(Exception):
    """The service answered with a problem (RFC 9457); the text is its title and detail."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(
            f"{status} {problem.get('title', '')}: {problem.get('detail', '')} {problem.get('errors', '')}"
        )
        self.status = status
        self.problem = problem


@dataclass(frozen=True)
class Client:
    """``base`` such as ``http://127.0.0.1:8000``; ``key`` an API key."""

    base: str
    key: str

    def get(self, path: str, **query: str) -> Any:
        asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        return self.send("GET", f"{path}?{asked}" if asked else path)

    def text(self, path: str) -> str:
        with urllib.request.urlopen(self.request("GET", path), timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self.send("POST", path, json.dumps(body, ensure_ascii=False).encode())

    def post_lines(self, path: str, rows: Iterable[Mapping[str, Any]]) -> Any:
        lines = b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)
        return self.send("POST", path, lines, "application/x-ndjson")

    def send(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> Any:
        try:
            with _DIRECT.open(self.request(method, path, body, kind), timeout=60) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            raise ApiRefusal(refusal.code, problem_of(refusal.read())) from None
        except (OSError, http.client.HTTPException) as error:
            raise RuntimeFault(
                f"The service at {self.base} stopped answering ({error}); see {paths.log()}."
            ) from error

    def request(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> urllib.request.Request:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        return urllib.request.Request(
            f"{self.base}/api/v1/{path}", data=body, method=method, headers=headers
        )


def problem_of(raw: bytes) -> Mapping[str, Any]:
    try:
        problem = json.loads(raw)
    except ValueError:
        return {"title": "The answer is not JSON", "detail": raw[:200].decode("utf-8", "replace")}
    return problem if isinstance(problem, dict) else {"title": str(problem)}
