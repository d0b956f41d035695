"""The door: who speaks, what they may, and how a refusal is told.

The log never asks the registry. Whoever calls a verb hands over a Voice, which the floor above made
from a key or a session; the log asks the Voice and records what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Admission:
    """What the registry thinks of a use case and a version.

    ``problem`` is a sentence when the statement cannot be placed at all (no such use case).
    ``violations`` are slugs of rules the decision breaks (a version nobody signed): it is recorded
    all the same, and marked. A log that refuses events is not a log.
    """

    problem: str | None = None
    violations: tuple[str, ...] = ()


class Voice(Protocol):
    """One who speaks to the log. ``request.auth`` is a Voice.

    Acts: decisions:write, decisions:read, outcomes:write, segments:write, why:read, log:read, registry:read,
    registry:write, erasure:write.
    """

    @property
    def actor(self) -> str:
        """``key:<prefix>``, ``user:<uuid>`` or ``system:<part>``: stands in headers for ever."""

    def allows(self, act: str, *, use_case: str, model: str = "") -> bool:
        """Whether the act is allowed here; ``model`` is a slug, empty when no one is meant."""

    def use_cases(self, act: str) -> frozenset[str] | None:
        """Where the act is allowed; None means everywhere."""

    def admission(self, use_case: str, model_ref: str) -> Admission:
        """What stands in the way of, or speaks against, decisions of this version here."""


class Problem(Exception):
    """A refusal with its reason, shown as application/problem+json (RFC 9457).

    ``errors`` are objects with ``pointer`` (RFC 6901), ``code`` and ``detail``; bulk requests add
    ``line``, conflicts add both digests.
    """

    status: ClassVar[int] = 500
    code: str = "problem"
    title: str = "Problem"

    def __init__(
        self,
        detail: str,
        *,
        code: str = "",
        title: str = "",
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.title = title or self.title
        self.errors: list[dict[str, Any]] = [dict(error) for error in errors]
        self.headers: dict[str, str] = dict(headers or {})


class Malformed(Problem):
    status = 400
    code = "malformed"
    title = "The body cannot be read"


class Forbidden(Problem):
    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFound(Problem):
    status = 404
    code = "not-found"
    title = "Not found"


class Conflict(Problem):
    status = 409
    code = "conflict"
    title = "Already recorded with other content"


class Gone(Problem):
    status = 410
    code = "erased"
    title = "Erased"


class LengthRequired(Problem):
    status = 411
    code = "length-required"
    title = "Content-Length is required"


class TooLarge(Problem):
    status = 413
    code = "too-large"
    title = "Too large"


class Unsupported(Problem):
    status = 415
    code = "unsupported-media-type"
    title = "Unsupported content"


class Invalid(Problem):
    status = 422
    code = "invalid"
    title = "The content is not valid"


class Unavailable(Problem):
    """For the moment only: the answer tells the caller when to come again."""

    status = 503
    code = "unavailable"
    title = "Not available at the moment"

    def __init__(self, detail: str, *, retry_after: int = 2, code: str = "") -> None:
        super().__init__(detail, code=code, headers={"Retry-After": str(retry_after)})
